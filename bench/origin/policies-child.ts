/**
 * Speaks in this process with an origin that answers at once, through the policies and without them, in pairs of
 * alternating order, and prints the times: run by policies.ts, argv[2] is a `PoliciesTask`.
 */
import { localPorts } from '../../src/adapters/local/local.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { PcmStream } from '../../src/core/engine.ts';
import { defaultSampling, type SpeechRequest } from '../../src/core/request.ts';
import { buildEngine } from '../../src/engine/compose.ts';
import { createFishUpstream } from '../../src/engine/fish/upstream.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { type PairCounts, type Pairs, takePairs } from '../pairs.ts';

export interface PoliciesTask {
  readonly text: string;
  readonly cache: 'on' | 'off';
  readonly counts: PairCounts;
}

const url = 'http://127.0.0.1:9';
/** A tenth of a second: so short that work on the audio itself does not drown the rest. */
const pcm = new Uint8Array(8820).map((_, at) => (at * 37) % 251);

/** A Fish-Speech origin without a socket. */
async function answerAtOnce(): Promise<Response> {
  return new Response(pcm, { headers: { 'content-type': 'audio/wav' } });
}

/** Milliseconds to the first audio. */
async function measure({ text, cache, counts }: PoliciesTask): Promise<Pairs> {
  const ports = localPorts({ dataDir: '', keysFile: '', fetch: answerAtOnce });
  const log = createLogger({ level: 'warn', format: 'json', write: ports.writeLog, clock: ports.clock });
  const engine = buildEngine(
    loadConfig({ flags: { backend: url, engine: 'fish', cache }, env: {} }),
    ports,
    log,
  );
  const origin = createFishUpstream({ url }, ports);
  let asked = 0;
  const request = (): SpeechRequest => ({
    text,
    seed: ++asked, // nothing of it was said before
    speed: 1,
    references: [],
    sampling: defaultSampling,
    whole: false,
  });
  const signal = new AbortController().signal;
  const timed = async (opening: () => Promise<PcmStream>): Promise<number> => {
    const began = performance.now();
    const reader = (await opening()).body.getReader();
    await reader.read();
    const ms = performance.now() - began;
    for (let done = false; !done; ) done = (await reader.read()).done;
    return ms;
  };
  const bare = (): Promise<number> => timed(() => origin.speak(request(), null, signal));
  const through = (): Promise<number> => timed(() => engine.open(request(), signal));
  return takePairs(bare, through, counts);
}

if (import.meta.main) {
  const sample = await measure(JSON.parse(process.argv[2] ?? '{}') as PoliciesTask);
  process.stdout.write(JSON.stringify(sample), () => process.exit(0));
}
