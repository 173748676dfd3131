import { frameBytes } from '../../audio/pcm.ts';
import { createTrimmer, pauseBytes } from '../../audio/silence.ts';
import type { Clock, Ports } from '../../ports.ts';
import { isUnspeakable } from '../../speech/errors.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import type { Segment } from '../../speech/segment.ts';
import { repeatSpeakers } from '../../speech/segment-speakers.ts';
import { ClientGone } from '../../stream/cancel.ts';
import type { Engine, PcmStream, SpokenSegment, SpokenWord } from '../engine.ts';
import { chained, conform, type PcmForm } from './conform.ts';
import { filtered } from './filtered.ts';
import { childOf, openOrDiscard } from './opening.ts';
import { Playback } from './playback.ts';
import { moved } from './word-times.ts';

const MS_PER_SECOND = 1000;

interface Opening {
  readonly stream: Promise<PcmStream>;
  /** The segment is over: its signal need not follow the request's any more. */
  readonly letGo: () => void;
}

/** A piece in its final form, and when its words are heard from its first frame on: final once it was spoken. */
interface PieceSpeech {
  readonly pcm: AsyncGenerator<Uint8Array, void, void>;
  readonly words: () => readonly SpokenWord[];
}

/** The segments of one request: what is being spoken, and what was opened ahead of it. */
export class SegmentLine {
  readonly #inner: Engine;
  /** What all segments share. */
  readonly #request: SpeechRequest;
  readonly #pieces: readonly Segment[];
  readonly #texts: readonly string[];
  readonly #wasm: Ports['wasm'];
  readonly #whole: ReturnType<typeof childOf>;
  readonly #clock: Clock | undefined;
  readonly #playback: Playback | undefined;
  /** Index of the piece that is opened next, or was opened ahead. */
  #next = 0;
  #ahead: Opening | undefined;
  /** Characters of the pieces that were not opened yet. */
  #remaining: number;
  /** Calls off a look-ahead that was put off. */
  #callOff: (() => void) | undefined;
  /** Ends what is being spoken. Harmless when it has ended. */
  #stop: () => Promise<void> = async () => {};

  constructor(
    inner: Engine,
    request: SpeechRequest,
    pieces: readonly Segment[],
    {
      wasm,
      clock,
      signal,
    }: Pick<Ports, 'wasm'> & Partial<Pick<Ports, 'clock'>> & { readonly signal: AbortSignal },
  ) {
    this.#inner = inner;
    this.#request = pieces.length > 1 ? { ...request, thread: request.thread ?? {} } : request;
    this.#pieces = pieces;
    this.#texts = repeatSpeakers(pieces);
    this.#remaining = this.#texts.reduce((sum, text) => sum + text.length, 0);
    this.#wasm = wasm;
    this.#whole = childOf(signal);
    this.#clock = clock;
    this.#playback = clock && new Playback(clock);
  }

  /** The commit point: the first segment that says something has audio. */
  async open(): Promise<PcmStream> {
    for (;;) {
      this.#ahead = this.#open(this.#next, { continues: this.#request.continues ?? false });
      try {
        return await this.#ahead.stream;
      } catch (error) {
        this.#next += 1;
        if (isUnspeakable(error) && this.#next < this.#pieces.length) continue;
        this.#whole.letGo();
        throw error;
      }
    }
  }

  /** The PCM of all segments in one form. Each is added to `timeline` when its last sample was handed out. */
  async *speak(form: PcmForm, timeline: SpokenSegment[]): AsyncGenerator<Uint8Array, void, void> {
    const { rate, channels } = form;
    let frames = 0;
    for (let piece = this.#pieces[this.#next]; piece; piece = this.#pieces[this.#next]) {
      this.#next += 1;
      const letGo = this.#ahead?.letGo;
      const start = frames;
      const speech = await this.#take(form);
      if (speech) {
        for await (const pcm of speech.pcm) {
          const heardFrames = pcm.length / frameBytes(channels);
          this.#playback?.hand((heardFrames / rate) * MS_PER_SECOND);
          this.#lookAheadSoon();
          frames += heardFrames;
          yield pcm;
        }
        const spoken = { text: piece.text, start, end: frames };
        if (frames > start) timeline.push({ ...spoken, words: inside(spoken, speech.words()) });
      }
      letGo?.();
      this.#lookAhead(); // also when it made no sound
      if (!speech) continue;
      const pause = pauseBytes(piece.pause, rate, channels, this.#request.speed);
      frames += pause.length / frameBytes(channels);
      this.#playback?.hand((pause.length / frameBytes(channels) / rate) * MS_PER_SECOND);
      yield pause;
    }
  }

  /** Stops whatever is still open; after the last byte nothing is. */
  async release(): Promise<void> {
    this.#whole.letGo();
    this.#whole.controller.abort(new ClientGone());
    this.#callOff?.();
    this.#ahead?.stream.then(({ body }) => body.cancel()).catch(() => {});
    await this.#stop();
  }

  /** Once what is being handed out is on its way: opening the next segment takes as long as all that came before the first byte. */
  #lookAheadSoon(): void {
    if (!this.#clock) this.#lookAhead();
    else if (!this.#ahead && this.#next < this.#texts.length)
      this.#callOff ??= this.#clock.alarm(0, () => this.#lookAhead());
  }

  #lookAhead(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    if (this.#ahead || this.#next === this.#texts.length || this.#signal.aborted) return;
    const playback = this.#playback;
    this.#ahead = this.#open(this.#next, { continues: true, dueAt: playback && (() => playback.until) });
  }

  #open(index: number, place: Pick<SpeechRequest, 'continues' | 'dueAt'>): Opening {
    const own = childOf(this.#signal);
    const text = this.#texts[index] ?? '';
    const request = { ...this.#request, text, remaining: this.#remaining, ...place };
    this.#remaining -= text.length;
    const stream = openOrDiscard(this.#inner, request, own.controller.signal);
    stream.catch(() => {}); // told when its turn comes
    return { stream, letGo: own.letGo };
  }

  /**
   * What was opened ahead, trimmed and in `form`, or undefined when there is nothing to say in it. It becomes what
   * `release` stops without a moment between.
   */
  async #take(form: PcmForm): Promise<PieceSpeech | undefined> {
    let stream: PcmStream | undefined;
    try {
      stream = await this.#ahead?.stream;
    } catch (error) {
      if (!isUnspeakable(error)) throw error;
      this.#ahead = undefined;
      return undefined;
    }
    this.#ahead = undefined;
    // Aborted while the engine went on undisturbed: that must not look like a clean end.
    if (!stream || this.#signal.aborted) {
      await stream?.body.cancel().catch(() => {});
      throw new ClientGone(this.#signal.reason);
    }
    const reader = stream.body.getReader();
    this.#stop = () => reader.cancel().catch(() => {});
    const trimmer = createTrimmer(stream.rate, stream.channels);
    const toForm = form.rate / stream.rate;
    const words = moved(stream.words, (frame) => trimmer.placeOf(frame) * toForm);
    const converter = await conform(stream, form, this.#wasm);
    if (!converter) return { pcm: filtered(reader, trimmer), words };
    this.#stop = async () => {
      converter.close();
      await reader.cancel().catch(() => {});
    };
    if (this.#signal.aborted) await this.#stop(); // released while the converter was made
    return { pcm: filtered(reader, chained(trimmer, converter)), words };
  }

  get #signal(): AbortSignal {
    return this.#whole.controller.signal;
  }
}

/** Words counted from a segment's start, in the place of the segment: what was trimmed off its end takes no time. */
function inside(
  { start, end }: SpokenSegment,
  words: readonly SpokenWord[],
): readonly SpokenWord[] | undefined {
  const within = (frame: number): number => Math.min(end, start + Math.round(frame));
  const placed = words.map((word) => ({ ...word, start: within(word.start), end: within(word.end) }));
  return placed.length > 0 ? placed : undefined;
}
