import { Limiter } from '../../audio/dsp/limiter.ts';
import { fromFloat32 } from '../../audio/pcm.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Clock, InferenceHere } from '../../core/ports.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { withTimeout } from '../../stream/deadline.ts';
import type { DecodedWindow, PieceLimits, VoiceModel } from './families/family.ts';
import { loadPiper } from './families/piper.ts';
import { openRuntime } from './interpreter/runtime.ts';
import type { JobOptions, PoolJob, SpeechPool } from './pool.ts';
import { createPronounce, type Pronounce } from './pronounce.ts';
import type { PackToLoad, SynthesisJob, Window } from './protocol.ts';

/** Jobs in all, of which each may hold a latent: 200 KB for a sentence. */
const MAX_JOBS = 16;
/** A client that is refused may come back when a sentence or two are over. */
const RETRY_AFTER_SECONDS = 2;
/** For a few files of some megabytes, and for what is made of them. */
const LOAD_MS = 30_000;

/** What is made at once of a sentence, so that an isolate of 128 MB has room for it (docs/decisions/0008). */
const limits: PieceLimits = { phonemes: 120, flowFrames: 256, windowFrames: 80 };

type Speech = AsyncGenerator<DecodedWindow, void, void>;

interface Voice {
  readonly model: VoiceModel;
  readonly pronounce: Pronounce;
}

interface Loading {
  readonly id: string;
  readonly voice: Promise<Voice>;
  isLoaded: boolean;
}

/**
 * Speech made where it is asked for, without workers: on Workers there are none. Each window is computed in one go by the request that
 * waits for it, so nothing of one request ever waits for another one's, but for the voice, which is loaded once; between two windows
 * everybody else has a turn. It holds one voice: there is no room for two.
 */
export class IsolatePool implements SpeechPool {
  readonly #here: InferenceHere;
  readonly #clock: Clock;
  readonly #background: (work: Promise<unknown>) => void;
  readonly #jobs = new Set<Pick<JobOptions, 'utteranceId'>>();
  #loading: Loading | undefined;
  #isClosed = false;

  /** @param background keeps a load going when the request ends that began it */
  constructor(here: InferenceHere, clock: Clock, background: (work: Promise<unknown>) => void = () => {}) {
    this.#here = here;
    this.#clock = clock;
    this.#background = background;
  }

  get loaded(): ReadonlySet<string> {
    return new Set(this.#loading?.isLoaded ? [this.#loading.id] : []);
  }

  others(utteranceId: object | undefined): number {
    const streams = new Set([...this.#jobs].map((job) => job.utteranceId ?? job));
    if (utteranceId) streams.delete(utteranceId);
    return streams.size - (utteranceId ? 0 : 1);
  }

  async warm(pack: PackToLoad, { language }: SynthesisJob): Promise<void> {
    await this.#load(pack, language);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  open(pack: PackToLoad, synthesis: SynthesisJob, { utteranceId, onStep }: JobOptions): PoolJob {
    if (this.#isClosed) throw new SpeechFailure({ code: 'shutting_down' });
    if (this.#jobs.size >= MAX_JOBS)
      throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS });
    const job = { utteranceId };
    this.#jobs.add(job);
    const limiter = new Limiter(synthesis.gain);
    let speech: Speech | undefined;
    let isOver = false;
    const next = async (): Promise<Window> => {
      speech ??= await this.#speak(pack, synthesis);
      await this.#letOthers();
      if (isOver) throw new ClientGone();
      const began = this.#clock.now();
      const { samples, last, words } = await nextOf(speech);
      const pcm = fromFloat32(limiter.push(samples, last)) as Uint8Array<ArrayBuffer>;
      const window = { pcm, last, words };
      await this.#letOthers(); // a clock that stands still between two waits says now what it took
      onStep?.(this.#clock.now() - began, window);
      return window;
    };
    const close = (): void => {
      isOver = true;
      this.#jobs.delete(job);
    };
    return { next, close };
  }

  async #speak(pack: PackToLoad, synthesis: SynthesisJob): Promise<Speech> {
    const { text, language, phonemeOverrides } = synthesis;
    const { model, pronounce } = await this.#load(pack, language);
    const pronounced = await pronounce(text, language, phonemeOverrides);
    const speech = await model.speak({ ...synthesis, ...pronounced });
    if (speech) return speech;
    const message = 'There is nothing to say in this text.';
    throw new SpeechFailure({ code: 'invalid_value', message, param: 'text' });
  }

  /** The request that began to load may be stopped with all that it waits for: who waits longer than that takes begins anew. */
  async #load(pack: PackToLoad, language: string): Promise<Voice> {
    const loading = this.#loading?.id === pack.id ? this.#loading : this.#begin(pack, language);
    this.#loading = loading;
    const late = (): never => {
      throw new Error('The voice took too long to load.');
    };
    try {
      return await withTimeout(loading.voice, LOAD_MS, this.#clock, late);
    } catch (error) {
      if (this.#loading === loading) this.#loading = undefined;
      const message = 'The voice could not be loaded.';
      throw new SpeechFailure({ code: 'engine_unavailable', message }, error);
    }
  }

  #begin({ id, family, files }: PackToLoad, language: string): Loading {
    const { kernels, load } = this.#here;
    const isPiper = family === 'piper'; // the only one that there is room for
    const model = isPiper
      ? loadPiper(files, load, { ...openRuntime(kernels), limits })
      : Promise.reject<VoiceModel>(new Error(`${family} is too large a family`));
    const pronounce = createPronounce(() => this.#here.loadDictionary()); // with this load a dictionary that never comes is given up, too
    const all = Promise.all([model, pronounce('', language)]);
    const loading: Loading = { id, voice: all.then(([model]) => ({ model, pronounce })), isLoaded: false };
    const loaded = all.then(() => {
      loading.isLoaded = true;
    });
    loaded.catch(() => {}); // told to whoever waits for it
    this.#background(loaded);
    return loading;
  }

  /** A turn of the event loop. */
  #letOthers(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.alarm(0, resolve);
    });
  }
}

/** @throws SpeechFailure `engine_failed` */
async function nextOf(speech: Speech): Promise<DecodedWindow> {
  try {
    const step = await speech.next();
    if (!step.done) return step.value;
  } catch (error) {
    throw new SpeechFailure({ code: 'engine_failed' }, error);
  }
  throw new SpeechFailure({ code: 'engine_failed' }, new Error('There is no further window.'));
}
