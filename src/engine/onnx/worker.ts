import { Limiter } from '../../audio/dsp/limiter.ts';
import { fromFloat32 } from '../../audio/pcm.ts';
import type { DecodedWindow, GraphRuntime, LoadFile, Ort, VoiceModel } from './families/family.ts';
import { loadKokoro } from './families/kokoro.ts';
import { loadPiper } from './families/piper.ts';
import { type ReadKernels, withFallback } from './interpreter/with-fallback.ts';
import type { LoadDictionary } from './phonemes/dictionary.ts';
import { createPronounce, type Pronounce } from './pronounce.ts';
import type {
  FromWorker,
  InferenceSetup,
  PackToLoad,
  SpeakingFamily,
  SynthesisJob,
  ToWorker,
  WorkerFailure,
} from './protocol.ts';

/** The worker's end of the line to the engine. */
export interface WorkerPort {
  post(message: FromWorker, transfer?: ArrayBuffer[]): void;
  onMessage(listener: (message: ToWorker) => void): void;
}

/** What a worker reads. */
export interface WorkerFiles {
  readonly load: LoadFile;
  readonly loadDictionary: LoadDictionary;
  /** Absent where there are none. */
  readonly readKernels?: ReadKernels;
}

/**
 * Speaks for the engine at the other end of `port`, one unit of work (a load or a window) at a time, first come first
 * served. The engine asks for one window of a job at a time, so jobs take turns. Nothing here names a runtime.
 */
export function serveInference(
  port: WorkerPort,
  { load, loadDictionary, readKernels }: WorkerFiles,
  openOrt: OpenOrt,
): void {
  const pronounce = createPronounce(loadDictionary);
  let server: InferenceServer | undefined;
  const onRefused = (note: string): void => port.post({ kind: 'note', note });
  const runtimesOf = (setup: InferenceSetup): Runtimes => {
    let opened: Promise<Ort> | undefined;
    const ort = (): Promise<Ort> => {
      opened ??= openOrt(setup).catch((error: unknown) => {
        opened = undefined; // the next voice tries again
        throw error;
      });
      return opened;
    };
    const isOurs = setup.kernels && readKernels;
    return { ort, graphs: isOurs ? withFallback({ readKernels, openOrt: ort, onRefused }) : ort };
  };
  port.onMessage((message) => {
    if (message.kind === 'setup')
      server = new InferenceServer(port, new Models(load, runtimesOf(message)), pronounce);
    else server?.take(message);
  });
}

/** @throws what the runtime throws that is not there */
export type OpenOrt = (setup: InferenceSetup) => Promise<Ort>;

interface Job {
  windows: number;
  readonly limiter: Limiter;
  speech?: AsyncGenerator<DecodedWindow, void, void>;
  /** Lets go of the model. */
  release(): void;
}

class Unspeakable extends Error {}

class InferenceServer {
  readonly #port: WorkerPort;
  readonly #models: Models;
  readonly #pronounce: Pronounce;
  readonly #jobs = new Map<number, Job>();
  readonly #queue: { call: number; work: () => Promise<void> }[] = [];
  #working = false;
  #isLast = false;

  constructor(port: WorkerPort, models: Models, pronounce: Pronounce) {
    this.#port = port;
    this.#models = models;
    this.#pronounce = pronounce;
  }

  take(message: Exclude<ToWorker, { kind: 'setup' }>): void {
    if (message.kind === 'rest') {
      this.#queue.length = 0;
      this.#isLast = true;
      if (!this.#working) this.#rest();
      return;
    }
    if (message.kind === 'close') {
      const windows = this.#jobs.get(message.job)?.windows ?? 0;
      this.#end(message.job);
      this.#port.post({ kind: 'closed', job: message.job, windows });
      return;
    }
    if (message.kind === 'open') {
      const limiter = new Limiter(message.synthesis.gain);
      this.#jobs.set(message.job, { windows: 0, limiter, release: () => {} });
    }
    this.#queue.push({ call: message.call, work: () => this.#answer(message) });
    if (!this.#working) void this.#work();
  }

  #rest(): void {
    this.#port.post({ kind: 'rests', rests: true });
  }

  async #answer(message: Exclude<ToWorker, { kind: 'setup' | 'close' | 'rest' }>): Promise<void> {
    if (message.kind === 'load') {
      const speech = await this.#speak(message.pack, message.synthesis);
      for await (const { last } of speech ?? []) if (last) break;
      this.#port.post({ kind: 'loaded', call: message.call, packs: this.#models.packs });
      return;
    }
    try {
      if (message.kind === 'open') await this.#start(message.job, message.pack, message.synthesis);
      await this.#decode(message.call, message.job);
    } catch (error) {
      this.#end(message.job);
      throw error;
    }
  }

  /** Does nothing for a job that was closed meanwhile. */
  async #start(id: number, pack: PackToLoad, synthesis: SynthesisJob): Promise<void> {
    if (!this.#jobs.has(id)) return;
    const speech = await this.#speak(pack, synthesis);
    const job = this.#jobs.get(id);
    if (!job) return;
    if (!speech) throw new Unspeakable('The text has no sounds.');
    job.speech = speech;
    job.release = this.#models.keep(pack.id);
  }

  async #speak(
    pack: PackToLoad,
    synthesis: SynthesisJob,
  ): Promise<AsyncGenerator<DecodedWindow, void, void> | undefined> {
    const model = await this.#models.get(pack);
    const { text, language, phonemeOverrides } = synthesis;
    const pronounced = await this.#pronounce(text, language, phonemeOverrides, model.espeakVoice);
    return model.speak({ ...synthesis, ...pronounced });
  }

  async #decode(call: number, id: number): Promise<void> {
    const job = this.#jobs.get(id);
    if (!job?.speech) throw new Error('The job is over.'); // closed while this waited: nobody hears it
    const step = await job.speech.next();
    if (step.done) throw new Error('There is no further window.');
    job.windows += 1;
    const { samples, last, words } = step.value;
    if (last) this.#end(id);
    const pcm = fromFloat32(job.limiter.push(samples, last)) as Uint8Array<ArrayBuffer>;
    const window = { pcm, last, words };
    this.#port.post({ kind: 'window', call, packs: this.#models.packs, window }, [pcm.buffer]);
  }

  /** Frees the latent. */
  #end(id: number): void {
    this.#jobs.get(id)?.release();
    this.#jobs.delete(id);
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let task = this.#queue.shift(); task; task = this.#queue.shift()) {
      try {
        await task.work();
      } catch (error) {
        this.#port.post({ kind: 'failed', call: task.call, failure: describe(error) });
        // After a trap the WebAssembly instance cannot be trusted nor replaced: the worker dies of it.
        if (error instanceof WebAssembly.RuntimeError) throw error;
      }
      await letMessagesIn();
    }
    this.#working = false;
    if (this.#isLast) this.#rest();
  }
}

function describe(error: unknown): WorkerFailure {
  const detail = String(error);
  if (error instanceof Unspeakable) return { reason: 'unspeakable', detail };
  if (error instanceof Unloadable) return { reason: 'unloadable', detail };
  return { reason: 'broken', detail };
}

/** A turn of the event loop, so that a `close` that waits is seen before the next window is decoded. */
function letMessagesIn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}

/** Packs a worker holds at once: Piper takes about 70 MB of WebAssembly memory, Kokoro 250 MB. */
const MAX_MODELS = 2;

/** What runs graphs; opened by the first who needs it. */
interface Runtimes {
  readonly ort: () => Promise<Ort>;
  /** For one Piper voice. */
  readonly graphs: () => Promise<GraphRuntime>;
}

type LoadVoice = (
  files: Readonly<Record<string, string>>,
  load: LoadFile,
  runtimes: Runtimes,
) => Promise<VoiceModel>;

const loaders: Readonly<Record<SpeakingFamily, LoadVoice>> = {
  piper: async (files, load, { graphs }) => loadPiper(files, load, await graphs()),
  kokoro: async (files, load, { ort }) => loadKokoro(files, load, await ort()),
};

/** A voice's files cannot be opened, read or understood. */
class Unloadable extends Error {}

/** The models one worker holds, least recently used first out. One caller at a time. */
class Models {
  readonly #load: LoadFile;
  readonly #runtimes: Runtimes;
  /** In order of use. */
  readonly #models = new Map<string, { model: VoiceModel; uses: number }>();

  constructor(load: LoadFile, runtimes: Runtimes) {
    this.#load = load;
    this.#runtimes = runtimes;
  }

  get packs(): string[] {
    return [...this.#models.keys()];
  }

  /** @throws Unloadable */
  async get(pack: PackToLoad): Promise<VoiceModel> {
    const held = this.#models.get(pack.id);
    if (held) {
      this.#models.delete(pack.id);
      this.#models.set(pack.id, held);
      return held.model;
    }
    await this.#makeRoom();
    try {
      const model = await loaders[pack.family](pack.files, this.#load, this.#runtimes);
      this.#models.set(pack.id, { model, uses: 0 });
      return model;
    } catch (error) {
      throw new Unloadable(`${pack.id}: ${String(error)}`, { cause: error });
    }
  }

  /** A job speaks with the pack's model: it stays loaded until the returned function is called. */
  keep(pack: string): () => void {
    const held = this.#models.get(pack);
    if (!held) return () => {};
    held.uses += 1;
    return () => {
      held.uses -= 1;
    };
  }

  /** Jobs in progress may keep more models than there is room for, at most one each. */
  async #makeRoom(): Promise<void> {
    for (const [pack, { model, uses }] of this.#models) {
      if (this.#models.size < MAX_MODELS) return;
      if (uses > 0) continue;
      this.#models.delete(pack);
      await model.release();
    }
  }
}
