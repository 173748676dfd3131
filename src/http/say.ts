import type { Context } from 'hono';
import { measureText } from '../speech/code-points.ts';
import type { Output } from '../speech/output.ts';
import type { SpeechRequest } from '../speech/request.ts';
import { type Speech, speak } from '../speech/speak.ts';
import { type Turns, turnsOf } from '../stream/turns.ts';
import type { HttpEnv } from './env.ts';
import type { HttpOptions } from './options.ts';

/**
 * Speaks for the client of `c`: counts its characters against its limit, says words as they were taught, tells the engine
 * who asks, and stops when the client leaves.
 * @param signal aborts when the client leaves; by default its request's own
 * @throws SpeechFailure before any audio exists
 */
export async function say(
  c: Context<HttpEnv>,
  request: SpeechRequest,
  output: Output,
  { engine, ports, dictionary, usage }: Pick<HttpOptions, 'engine' | 'ports' | 'dictionary' | 'usage'>,
  signal: AbortSignal = c.req.raw.signal,
): Promise<Speech> {
  const key = c.get('key')?.name;
  const turns = turnsOf(ports.clock);
  await turns.begin();
  const characters = await measureText(request.text, turns);
  await c.get('charge')(characters);
  const taught = await dictionary.apply(request);
  const more =
    request.more &&
    charged(request.more, turns, c.get('charge'), (count) => {
      if (key !== undefined) usage.count(key, { characters: count });
    });
  const asked = { ...taught, more, client: request.client ?? c.get('client') };
  const speech = await speak(asked, output, { engine, ...ports }, signal);
  if (key !== undefined) {
    usage.count(key, { requests: 1, characters });
    speech.heard.onWhole(() => usage.count(key, { audioSeconds: speech.heard.seconds }));
  }
  return speech;
}

async function* charged(
  texts: AsyncIterable<string>,
  turns: Turns,
  charge: (characters: number) => Promise<void>,
  onCharged: (characters: number) => void,
): AsyncGenerator<string, void, void> {
  for await (const text of texts) {
    const characters = await measureText(text, turns);
    await charge(characters);
    onCharged(characters);
    yield text;
  }
}
