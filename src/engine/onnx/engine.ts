import type { Engine } from '../../core/engine.ts';
import type { Machine, Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { Demand } from '../scheduling/demand.ts';
import { InstalledVoices, type Speaker, type Speaking } from './installed-voices.ts';
import { Pool, type PoolOptions, type SpeechPool } from './pool.ts';
import { defaultSeed, engineId, Speech, type SpeechOptions } from './speech.ts';

export interface OnnxOptions extends Omit<PoolOptions, 'setup'>, Speaking, SpeechOptions {
  /** Makes speech in the place of workers, where there are none; what it makes are other bytes. */
  readonly pool?: SpeechPool | undefined;
}

const warmUp = 'Hello.';

/**
 * The voices in the data folder, spoken on this machine's CPU by inference workers.
 *
 * `open` rejects with `invalid_value` (references, or nothing to say), `voice_not_found`, `overloaded`,
 * `engine_unavailable` (no voice, or it cannot be loaded) or `engine_failed`. The same request twice gives the same PCM;
 * another seed gives another reading where the model draws noise (Piper; Kokoro draws none). Of the speed it does what
 * the model does well, and says in `prosody` how much that is.
 */
export interface OnnxEngine extends Engine {
  /** What a request would take of the workers. Rejects as `open` would with what no worker is needed for. */
  demandOf(request: SpeechRequest): Promise<Demand>;
  /** The most words of the first segment of a text; undefined where a voice hands out a segment when all of it is made. */
  firstMaxWords(voice: string | undefined): Promise<number | undefined>;
}

/**
 * Sound leaves before a segment is made, whatever its length: seven words are heard after as long as eighteen. Cut between words a
 * sentence is understood worse, as its melody breaks off.
 */
const FIRST_PIPER_WORDS = 18;

export function createOnnxEngine(
  options: OnnxOptions,
  { packs, spawnInference, clock }: Pick<Ports, 'packs' | 'spawnInference' | 'clock'>,
): OnnxEngine {
  const none = 'This runtime has no embedded voice.';
  if (!packs) throw new Error(none);
  const voices = new InstalledVoices(packs, options, options.pool !== undefined);
  const setup = (): Speaker => voices.speaker;
  const pool = options.pool ?? (spawnInference && new Pool({ ...options, setup }, { clock, spawnInference }));
  if (!pool) throw new Error(none);
  const speech = new Speech(pool, voices, options, clock);
  return {
    id: engineId,
    voices: async () => (await voices.catalog()).voices,
    async packs() {
      const known = await voices.catalog().catch(() => undefined);
      const installed = known?.packs ?? [];
      return installed.map((pack, at) => ({
        ...pack,
        isDefault: at === 0,
        isLoaded: pool.loaded.has(pack.id),
      }));
    },
    packsChanged: () => voices.changed(),
    async warm(asked) {
      const { voice, pack } = (await voices.catalog()).find(asked);
      const { id: name, language } = voice;
      const spoken = { text: warmUp, voice: name, language, speed: 1, seed: defaultSeed, gain: 1 };
      await pool.warm(pack, { ...spoken, isContinuation: false });
    },
    async health() {
      const hasVoice = await voices.catalog().then(
        (catalog) => catalog.voices.length > 0,
        () => false,
      );
      return hasVoice ? { healthy: true } : { healthy: false, error: 'no voice' };
    },
    close: () => pool.close(),
    async firstMaxWords(asked) {
      const { pack } = (await voices.catalog()).find(asked);
      return pack.family === 'piper' ? FIRST_PIPER_WORDS : undefined;
    },
    demandOf: (request) => speech.demandOf(request),
    open: (request, signal) => speech.open(request, signal),
  };
}

/** A worker that holds Kokoro takes about 400 MB, with a Piper voice beside it half a gigabyte. */
const WORKER_BYTES = 500e6;
/** Of the free memory; the rest is for speech that is kept, and for everybody else. */
const MEMORY_SHARE = 0.5;
/** Hundreds of listeners. More is for somebody who knows what else the machine does. */
const MAX_WORKERS = 8;

/**
 * How many inference workers a machine bears: one for each core, as two streams on a worker each are made nearly twice as
 * fast as on one, and twice as many threads of one worker bring half of that (see docs/performance.md, rtf).
 */
export function chooseWorkers({ cores, freeBytes }: Machine, threads: number): number {
  const byCores = Math.floor(cores / threads);
  const byMemory =
    freeBytes === undefined ? MAX_WORKERS : Math.floor((freeBytes * MEMORY_SHARE) / WORKER_BYTES);
  return Math.max(1, Math.min(MAX_WORKERS, byCores, byMemory));
}
