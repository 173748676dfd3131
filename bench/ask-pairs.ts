import { Agent } from 'node:http';
import { type PairCounts, type Pairs, takePairs } from './pairs.ts';
import { ask } from './speech-client.ts';

/**
 * Milliseconds to the first byte behind `skipBytes` of the same request to two addresses, each over a kept-alive connection
 * of its own.
 */
export async function askPairs(
  addresses: { readonly direct: string; readonly through: string },
  body: object,
  counts: PairCounts,
  skipBytes = 0,
): Promise<Pairs> {
  const agents = [keptAlive(), keptAlive()] as const;
  const timed = (url: string, agent: Agent) => async (): Promise<number> =>
    (await ask(url, body, { agent, skipBytes })).firstMs;
  const { direct, through } = addresses;
  const pairs = await takePairs(timed(direct, agents[0]), timed(through, agents[1]), counts);
  for (const agent of agents) agent.destroy();
  return pairs;
}

export function keptAlive(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}
