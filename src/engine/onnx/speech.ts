import type { PcmStream } from '../../core/engine.ts';
import { invalid } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import { foreignScript, languageName } from '../../speech/language/scripts.ts';
import { pullStream } from '../../stream/pull.ts';
import type { Demand } from '../scheduling/demand.ts';
import type { InstalledVoices } from './installed-voices.ts';
import { lengthMs, startJob } from './job.ts';
import { gainOf } from './packs/levels.ts';
import type { SpeechPool } from './pool.ts';
import type { PackToLoad, SynthesisJob } from './protocol.ts';
import { ownSpeed, SpeakingRates } from './speaking-rate.ts';

export const engineId = 'onnx';
/** For a request without one: the same text gives the same samples, so what was made can be kept and shared. */
export const defaultSeed = 0;
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

export interface SpeechOptions {
  readonly workers: number;
  /** Milliseconds: see `HEAD_START_MS`, which it is by default. */
  readonly headStartMs?: number | undefined;
  /** The factor that brings a voice of a pack to the loudness of the others; `gainOf` by default. */
  readonly gain?: ((pack: string, voice: string, added?: number) => number) | undefined;
}

/** Speaks requests, and knows from what it spoke how long the next ones take. */
export class Speech {
  readonly #pool: SpeechPool;
  readonly #voices: InstalledVoices;
  readonly #options: SpeechOptions;
  readonly #clock: Clock;
  readonly #rates = new SpeakingRates();

  constructor(pool: SpeechPool, voices: InstalledVoices, options: SpeechOptions, clock: Clock) {
    this.#pool = pool;
    this.#voices = voices;
    this.#options = options;
    this.#clock = clock;
  }

  async demandOf(request: SpeechRequest): Promise<Demand> {
    check(request);
    const { voice, pack } = (await this.#voices.catalog()).find(request.voice);
    checkLanguage(request.text, voice.language);
    const speed = ownSpeed(pack.family, request);
    const share = (): number => this.#rates.rate(pack.id).factor / this.#options.workers;
    return {
      share: () => (share() * request.speed) / speed,
      workMs: ({ text, remaining = text.length }) =>
        (remaining * this.#rates.rate(pack.id).msPerCharacter * share()) / speed,
    };
  }

  async open(request: SpeechRequest, signal: AbortSignal): Promise<PcmStream> {
    check(request);
    const { voice, pack, rate, loudness } = (await this.#voices.catalog()).find(request.voice);
    checkLanguage(request.text, voice.language);
    const { text, isContinuation = false } = request;
    const speed = ownSpeed(pack.family, request);
    const synthesis = {
      text,
      voice: voice.id,
      language: voice.language,
      phonemeOverrides: request.phonemeOverrides,
      speed,
      seed: request.seed ?? defaultSeed,
      gain: (this.#options.gain ?? gainOf)(pack.id, voice.id, loudness),
      isContinuation,
    };
    const job = await this.#start(pack, synthesis, rate, request, signal);
    return {
      rate,
      channels: 1,
      engine: engineId,
      prosody: { speed, volumeDb: 0 },
      words: () => job.words,
      body: pullStream(
        () => job.windows(),
        () => job.close(),
      ),
    };
  }

  /** @param rate samples a second */
  #start(
    pack: PackToLoad,
    synthesis: SynthesisJob,
    rate: number,
    { speed: asked, utteranceId, playbackDeadline }: SpeechRequest,
    signal: AbortSignal,
  ): ReturnType<typeof startJob> {
    const { text, speed, isContinuation } = synthesis;
    let audioMs = 0;
    return startJob(
      this.#pool,
      { pack, synthesis, rate: (rate * asked) / speed },
      {
        clock: this.#clock,
        utteranceId,
        isContinuation,
        heardUntil: playbackDeadline,
        headStartMs: () => this.#headStartMs(pack, isContinuation, utteranceId),
        onStep: (ms, { pcm, last }) => {
          const madeMs = lengthMs(pcm, rate);
          audioMs += madeMs;
          this.#rates.step(pack.id, ms, madeMs);
          if (last) this.#rates.spoken(pack.id, text.length, audioMs * speed);
        },
      },
      signal,
    );
  }

  /** None for who has a worker of a quick voice alone. */
  #headStartMs(pack: PackToLoad, isContinuation: boolean, utteranceId: object | undefined): number {
    const { workers, headStartMs = HEAD_START_MS } = this.#options;
    const isSlow = this.#rates.rate(pack.id).factor > SLOW_FACTOR;
    const isFree = this.#pool.others(utteranceId) < workers;
    return isContinuation || (!isSlow && isFree) ? 0 : headStartMs;
  }
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
