import type { Engine } from '../../core/engine.ts';
import { invalid } from '../../core/errors.ts';
import type { InstalledPack, Machine, Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import { foreignScript, languageName } from '../../speech/language/scripts.ts';
import { pullStream } from '../../stream/pull.ts';
import type { Demand } from '../scheduling/demand.ts';
import { lengthMs, startJob } from './job.ts';
import { kernelsVersion } from './kernels/module.ts';
import { Catalog } from './packs/catalog.ts';
import { gainOf, levelsRevision } from './packs/levels.ts';
import { Pool, type PoolOptions, type SpeechPool } from './pool.ts';
import type { InferenceSetup, PackToLoad } from './protocol.ts';
import { ownSpeed, SpeakingRates } from './speaking-rate.ts';

export interface OnnxOptions extends Omit<PoolOptions, 'setup'> {
  /** Asked once there is a voice to be spoken with. @throws SpeechFailure `engine_unavailable` when what is wanted is not there */
  readonly runtime: () => Promise<InferenceSetup['runtime']>;
  /** Asked where the runtime is WebAssembly's: may kernels of our own compute what they know? */
  readonly kernels?: (() => Promise<boolean>) | undefined;
  /** Makes speech in the place of workers, where there are none; what it makes are other bytes. */
  readonly pool?: SpeechPool | undefined;
  /** Id of the default voice or of its pack; empty takes the first one installed. */
  readonly voice?: string | undefined;
  /** Milliseconds: see `HEAD_START_MS`, which it is by default. */
  readonly headStartMs?: number | undefined;
  /** The factor that brings a voice of a pack to the loudness of the others; `gainOf` by default. */
  readonly gain?: ((pack: string, voice: string, added?: number) => number) | undefined;
}

const id = 'onnx';
const warmUp = 'Hello.';
/** For a request without one: the same text gives the same samples, so what was made can be kept and shared. */
const DEFAULT_SEED = 0;

/**
 * What must exist of a newcomer's speech before it is heard, while others are heard too or the voice is slow: the first
 * windows are small, and a step of another stream, or the next one of its own, takes longer than the first of them lasts.
 */
const HEAD_START_MS = 1000;
/**
 * Of time for speech: the second window is made while the first is heard, which is half as long. What was not measured yet is
 * not slow: the first listener waits for nobody.
 */
const SLOW_FACTOR = 0.5;

/** Something of this must be in a text for it to have a sound: a letter, a digit, or a sign that has a name. */
const SPEAKABLE = /[\p{L}\p{N}\p{Sc}%&@+=#°]/u;

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
  ports: Pick<Ports, 'packs' | 'spawnInference' | 'clock'>,
): OnnxEngine {
  const { packs, spawnInference, clock } = ports;
  const { headStartMs = HEAD_START_MS, gain = gainOf } = options;
  let setup: Speaker = { runtime: 'wasm', kernels: false };
  const pool =
    options.pool ??
    (spawnInference && new Pool({ ...options, setup: () => setup }, { clock, spawnInference }));
  if (!packs || !pool) throw new Error('This runtime has no embedded voice.');
  const rates = new SpeakingRates();
  let found: Catalog | undefined;

  /** Looks into the data folder until there is a voice in it. */
  const catalog = async (): Promise<Catalog> => {
    if (found) return found;
    const runtime = await options.runtime();
    setup = { runtime, kernels: runtime === 'wasm' && ((await options.kernels?.()) ?? false) };
    const installed = (await packs()).map((pack) => ({ ...pack, revision: revisionOf(pack, speaker()) }));
    const fresh = new Catalog(installed, options.voice ?? '', await hasEspeak());
    if (fresh.voices.length > 0) found = fresh;
    return fresh;
  };

  const speaker = (): string => speakerOf(setup) + (options.pool ? '-here' : '');
  const isSlow = (pack: PackToLoad): boolean => rates.rate(pack.id).factor > SLOW_FACTOR;
  /** A worker has nothing else to do. */
  const isFree = (utteranceId: object | undefined): boolean => pool.others(utteranceId) < options.workers;

  return {
    id,
    voices: async () => (await catalog()).voices,
    async packs() {
      const known = await catalog().catch(() => undefined);
      const installed = known?.packs ?? [];
      return installed.map((pack, at) => ({
        ...pack,
        isDefault: at === 0,
        isLoaded: pool.loaded.has(pack.id),
      }));
    },
    packsChanged() {
      found = undefined;
    },
    async warm(asked) {
      const { voice, pack } = (await catalog()).find(asked);
      const synthesis = {
        text: warmUp,
        voice: voice.id,
        language: voice.language,
        speed: 1,
        seed: DEFAULT_SEED,
        gain: 1,
        isContinuation: false,
      };
      await pool.warm(pack, synthesis);
    },
    async health() {
      const hasVoice = await catalog().then(
        ({ voices }) => voices.length > 0,
        () => false,
      );
      return hasVoice ? { healthy: true } : { healthy: false, error: 'no voice' };
    },
    close: () => pool.close(),
    async firstMaxWords(asked) {
      const { pack } = (await catalog()).find(asked);
      return pack.family === 'piper' ? FIRST_PIPER_WORDS : undefined;
    },
    async demandOf(request) {
      check(request);
      const { voice, pack } = (await catalog()).find(request.voice);
      checkLanguage(request.text, voice.language);
      const speed = ownSpeed(pack.family, request.speed);
      const share = (): number => rates.rate(pack.id).factor / options.workers;
      return {
        share: () => (share() * request.speed) / speed,
        workMs({ text, remaining = text.length }) {
          return (remaining * rates.rate(pack.id).msPerCharacter * share()) / speed;
        },
      };
    },
    async open(request, signal) {
      check(request);
      const { voice, pack, rate, loudness } = (await catalog()).find(request.voice);
      checkLanguage(request.text, voice.language);
      const { text, utteranceId, playbackDeadline, isContinuation = false } = request;
      const speed = ownSpeed(pack.family, request.speed);
      const synthesis = {
        text,
        voice: voice.id,
        language: voice.language,
        phonemeOverrides: request.phonemeOverrides,
        speed,
        seed: request.seed ?? DEFAULT_SEED,
        gain: gain(pack.id, voice.id, loudness),
        isContinuation,
      };
      let audioMs = 0;
      const job = await startJob(
        pool,
        { pack, synthesis, rate: (rate * request.speed) / speed },
        {
          clock,
          utteranceId,
          isContinuation,
          heardUntil: playbackDeadline,
          headStartMs: () => (isContinuation || (!isSlow(pack) && isFree(utteranceId)) ? 0 : headStartMs),
          onStep(ms, { pcm, last }) {
            const madeMs = lengthMs(pcm, rate);
            audioMs += madeMs;
            rates.step(pack.id, ms, madeMs);
            if (last) rates.spoken(pack.id, text.length, audioMs * speed);
          },
        },
        signal,
      );
      return {
        rate,
        channels: 1,
        engine: id,
        prosody: { speed, volumeDb: 0 },
        words: () => job.words,
        body: pullStream(
          () => job.windows(),
          () => job.close(),
        ),
      };
    },
  };
}

/** Raise it when the same files say the same text otherwise: rules of reading, phonemes, cuts. What is kept of it is made anew. */
const READING = 4;

type Speaker = Pick<InferenceSetup, 'runtime' | 'kernels'>;

function speakerOf({ runtime, kernels }: Speaker): string {
  return kernels ? `-kernels-${kernelsVersion}` : runtime === 'wasm' ? '' : `-${runtime}`;
}

/** The runtimes and our kernels round differently: what one has made is not what the other would make. Nor is what was as loud as the model made it. */
function revisionOf({ id, revision, added }: InstalledPack, speaker: string): string {
  return `${revision}-${READING}-${levelsRevision(id, added?.loudness)}${speaker}`;
}

/** What needs no worker to be refused. */
function check(request: SpeechRequest): void {
  if (request.references.length > 0) {
    throw invalid('The embedded voices cannot imitate references.', 'references');
  }
  if (!SPEAKABLE.test(request.text)) throw invalid('There is nothing to say in this text.', 'text');
}

/** A text in other letters than those of the voice's language would be passed over without a word. */
function checkLanguage(text: string, language: string): void {
  const script = foreignScript(text, language);
  if (script === undefined) return;
  throw invalid(`This voice speaks ${languageName(language)}; the text is written in ${script}.`, 'text');
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

let found: Promise<boolean> | undefined;

/**
 * Is the optional package there that brings languages other than English? Loads none of its data.
 */
function hasEspeak(): Promise<boolean> {
  const name: string = '@echogarden/espeak-ng-emscripten'; // not a literal import: a bundler must not look for it
  found ??= import(name).then(
    () => true,
    () => false,
  );
  return found;
}
