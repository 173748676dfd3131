import type { ModelEvent, ModelRequest } from '../core/conversation.ts';
import { type SpeechError, SpeechFailure } from '../core/errors.ts';
import type { ReplyEvent, ReplyOutcome, ReplyParts } from './reply-events.ts';
import { EmitFailed, ReplyOutlet } from './reply-outlet.ts';
import { REPLY_RATE, SentenceAudio, silence } from './sentence-audio.ts';
import { SentenceCutter } from './sentence-cutter.ts';
import { SentenceQueue } from './sentence-queue.ts';
import type { SpokenSentence } from './spoken-sentence.ts';
import { SpokenSentences } from './spoken-sentences.ts';
import { ToolCalls } from './tool-calls.ts';
import { WholeCharacters } from './whole-characters.ts';

export type { ReplyEvent, ReplyOutcome, ReplyParts } from './reply-events.ts';

/** Code units of a reply: a model that goes on for longer is stopped. */
const MAX_TEXT = 32_768;
/** No sentence is begun while so much audio is still to be played: it may never be heard. */
const AHEAD_MS = 5000;
/** After so many sentences in a row that fail the others are not tried. */
const MAX_FAILURES = 3;
const BYTES_A_MS = (REPLY_RATE * 2) / 1000;

/**
 * One answer of a language model, spoken while it is being written: its tokens become sentences, and each becomes audio that goes
 * to `emit` as it is made. The next sentence is prepared while one is heard. A sentence that fails is left out; a model that
 * dies leaves what it wrote in whole sentences.
 */
export class Reply {
  readonly #request: ModelRequest;
  readonly #parts: ReplyParts;
  readonly #abort = new AbortController();
  readonly #queue = new SentenceQueue();
  readonly #calls = new ToolCalls();
  readonly #sentences = new SpokenSentences();
  readonly #utteranceId = {};
  /** Of the session's audio, where its own begins. */
  #baseMs: number | undefined;
  #text = '';
  #held: PromiseWithResolvers<void> | undefined;
  readonly #outlet = new ReplyOutlet();
  #working: Promise<ReplyOutcome> | undefined;

  constructor(request: ModelRequest, parts: ReplyParts) {
    this.#request = request;
    this.#parts = parts;
  }

  /**
   * Resolves when all was handed to `emit`, or at once when it was interrupted; nothing is emitted after that. Text does not wait for audio:
   * `emit` may be called while it has not settled.
   * @throws what `emit` throws, after everything was stopped
   */
  async run(emit: (event: ReplyEvent) => Promise<void> | void): Promise<ReplyOutcome> {
    const { promise: stopped, resolve } = Promise.withResolvers<undefined>();
    const { signal } = this.#abort;
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
    if (signal.aborted) resolve(undefined);
    const working = Promise.all([this.#outlet.open(emit), this.prepare()]);
    try {
      const done = await Promise.race([working, stopped]);
      return done?.[1] ?? this.#outcome('interrupted');
    } catch (thrown) {
      throw thrown instanceof EmitFailed ? thrown.cause : thrown;
    } finally {
      this.interrupt(); // harmless at the end; after an error it stops the other half
      working.catch(() => {});
    }
  }

  /** Begins before anybody listens: nothing is told, no audio counts as sent, and no more than one sentence is made, until it runs. */
  prepare(): Promise<ReplyOutcome> {
    const { speak } = this.#parts;
    this.#working ??= Promise.all([this.#write(), speak && this.#speakAll(speak)]).then(
      ([outcome]) => outcome,
    );
    this.#working.catch(() => {}); // told to whoever runs it
    return this.#working;
  }

  /** Nothing went wrong that nobody was told of. */
  get isSound(): boolean {
    return !this.#abort.signal.aborted && !this.#outlet.keepsFailure;
  }

  /** What was written so far. */
  get text(): string {
    return this.#text;
  }

  /** Stops the model and the voice at once. */
  interrupt(): void {
    this.#abort.abort();
    this.#queue.end();
    this.#outlet.shut();
    this.release();
  }

  /** Keeps audio back from now on. */
  hold(): void {
    if (!this.#abort.signal.aborted) this.#held ??= Promise.withResolvers<void>();
  }

  /** Goes on where it was held. */
  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** What was heard by now. */
  heard(): string {
    return this.heardText(this.#parts.playback.positionMs - (this.#baseMs ?? 0));
  }

  /** What was heard when the client had played `ms` of the reply's audio, cut at the word. Sentences that failed are not in it. */
  heardText(ms: number): string {
    if (!this.#parts.speak) return this.#text;
    return this.#sentences.heardText(ms);
  }

  /** The client says that it has played `ms` of its audio. */
  acknowledge(ms: number): void {
    if (this.#baseMs !== undefined) this.#parts.playback.acknowledge(this.#baseMs + ms);
  }

  /** Milliseconds of its audio that were sent. */
  get sentMs(): number {
    return this.#baseMs === undefined ? 0 : this.#parts.playback.sentMs - this.#baseMs;
  }

  async #write(): Promise<ReplyOutcome> {
    const { signal } = this.#abort;
    const cutter = new SentenceCutter();
    const pieces = new WholeCharacters();
    let end: Extract<ModelEvent, { kind: 'end' }> | undefined;
    let error: SpeechError | undefined;
    const write = async (written: string): Promise<void> => {
      const text = written.slice(0, MAX_TEXT - this.#text.length).toWellFormed();
      if (text === '') return;
      this.#text += text;
      this.#queue.push(cutter.push(text));
      await this.#outlet.tell({ kind: 'text', text });
    };
    try {
      for await (const event of this.#parts.model.answer(this.#request, signal)) {
        if (signal.aborted) break;
        if (event.kind === 'text') await write(pieces.push(event.text));
        else if (event.kind === 'end') end = event;
        else await this.#tellCall(event);
        if (end || this.#text.length >= MAX_TEXT) break;
      }
    } catch (thrown) {
      if (thrown instanceof EmitFailed) throw thrown;
      if (!signal.aborted) error = errorOf(thrown);
    }
    if (!error) {
      await write(pieces.end());
      this.#queue.push(cutter.end());
    }
    this.#queue.end();
    const reason = error ? 'failed' : (end?.reason ?? 'length');
    await this.#outlet.tell({ kind: 'text-end', reason, error });
    const { inputTokens, outputTokens } = end ?? {};
    return { ...this.#outcome(reason), error, inputTokens, outputTokens };
  }

  async #tellCall(event: Extract<ModelEvent, { kind: 'tool-call' | 'tool-arguments' }>): Promise<void> {
    this.#calls.add(event);
    await this.#outlet.tell(event);
  }

  #outcome(reason: ReplyOutcome['reason']): ReplyOutcome {
    return { reason, text: this.#text, toolCalls: this.#calls.all };
  }

  async #speakAll(speak: NonNullable<ReplyParts['speak']>): Promise<void> {
    let ahead: Promise<Opened | undefined> | undefined;
    let failures = 0;
    try {
      for (ahead = this.#openNext(speak, true); ; ) {
        const opened: Opened | undefined = await ahead;
        ahead = undefined;
        if (!opened) return;
        ahead = this.#openNext(speak, failures < MAX_FAILURES);
        failures = (await this.#say(opened)) ? 0 : failures + 1;
      }
    } finally {
      void ahead?.then((late) => late?.audio?.cancel()).catch(() => {});
    }
  }

  /** Waits for a sentence, and until it is worth speaking. @param tries false where the voice has failed too often */
  async #openNext(speak: NonNullable<ReplyParts['speak']>, tries: boolean): Promise<Opened | undefined> {
    const { playback } = this.#parts;
    const { signal } = this.#abort;
    const cut = await this.#queue.next();
    if (!cut || signal.aborted) return undefined;
    const sentence = this.#sentences.add(cut);
    if (sentence.index > 0) await this.#outlet.opened;
    if (!tries) return { sentence, error: { code: 'engine_failed' } };
    while (playback.remainingMs > AHEAD_MS && !signal.aborted) {
      await this.#sleep(playback.remainingMs - AHEAD_MS);
    }
    if (signal.aborted) return undefined;
    try {
      const place = {
        isContinuation: this.#sentences.areVoiced,
        playbackDeadline: () => playback.deadline + this.#sentences.unsentMs(sentence),
        utteranceId: this.#utteranceId,
        wanted: this.#outlet.opened,
      };
      const { body, progress } = await speak(cut.text.trim(), place, signal);
      sentence.follow(progress);
      return { sentence, audio: new SentenceAudio(body) };
    } catch (thrown) {
      return signal.aborted ? undefined : { sentence, error: errorOf(thrown) };
    }
  }

  /** Whether all of it was said. */
  async #say({ sentence, audio, error }: Opened): Promise<boolean> {
    let failure = error;
    if (audio) {
      try {
        let chunk = 0;
        for await (const pcm of audio.pieces(sentence.progress?.channels ?? 1, this.#parts.clock)) {
          await this.#sendAudio(sentence, chunk++, pcm);
          if (this.#abort.signal.aborted) return false;
        }
        sentence.isWhole = true;
        return true;
      } catch (thrown) {
        if (thrown instanceof EmitFailed) throw thrown;
        failure = errorOf(thrown);
      } finally {
        await audio.cancel();
      }
    }
    sentence.error = failure;
    const { index, text } = sentence;
    if (failure)
      await this.#outlet.tell({
        kind: 'sentence-failed',
        sentence: index,
        text: text.trim(),
        error: failure,
      });
    return false;
  }

  async #sendAudio(sentence: SpokenSentence, chunk: number, pcm: Uint8Array<ArrayBuffer>): Promise<void> {
    const { playback } = this.#parts;
    await this.#outlet.opened;
    await this.#whileHeld();
    if (this.#abort.signal.aborted) return;
    let audio = pcm;
    if (sentence.startMs === undefined) {
      const before = this.#sentences.lastSent;
      this.#baseMs ??= playback.sentMs;
      const pause = silence(before?.pause);
      sentence.startMs = playback.sentMs - this.#baseMs + pause.length / BYTES_A_MS;
      if (pause.length > 0) audio = new Uint8Array([...pause, ...pcm]);
      await this.#outlet.tell({ kind: 'sentence', sentence: sentence.index, text: sentence.text.trim() });
      await this.#whileHeld();
    }
    if (this.#abort.signal.aborted) return;
    playback.sent(audio.length / BYTES_A_MS);
    sentence.lengthMs += pcm.length / BYTES_A_MS;
    await this.#outlet.tell({ kind: 'audio', sentence: sentence.index, chunk, pcm: audio });
  }

  async #whileHeld(): Promise<void> {
    while (this.#held) await this.#held.promise;
  }

  #sleep(ms: number): Promise<void> {
    const { signal } = this.#abort;
    return new Promise((resolve) => {
      const wake = (): void => {
        callOff();
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const callOff = this.#parts.clock.alarm(Math.max(1, ms), wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

interface Opened {
  readonly sentence: SpokenSentence;
  readonly audio?: SentenceAudio;
  readonly error?: SpeechError;
}

function errorOf(thrown: unknown): SpeechError {
  return thrown instanceof SpeechFailure ? thrown.error : { code: 'engine_failed' };
}
