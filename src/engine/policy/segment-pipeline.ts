import { createFader, createTrimmer, pauseBytes, type Trimmer } from '../../audio/dsp/silence.ts';
import { frameBytes } from '../../audio/pcm.ts';
import type { Engine, PcmStream, SpokenWord } from '../../core/engine.ts';
import { isUnspeakable } from '../../core/errors.ts';
import type { Clock, Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import { createSpeakerRepeater } from '../../speech/segment/marks.ts';
import { cutLazily, type Segment, type SegmentOptions } from '../../speech/segment/segment.ts';
import { ClientGone, linkedAbort } from '../../stream/cancel.ts';
import { chunksOf } from '../../stream/pull.ts';
import { type Turns, turnsOf } from '../../stream/turns.ts';
import { Playback } from '../scheduling/pace.ts';
import { chained, conform, filtered, type PcmForm } from './conform.ts';
import { openOrCancel } from './opening.ts';
import { moved, type Timeline } from './timeline.ts';

const MS_PER_SECOND = 1000;
/** What it costs to begin a segment: a thousand who hear the same want the next one in the same moment. */
const OPENING_MS = 0.5;

interface Opening {
  /** Undefined when there is no more of the text. */
  readonly opened: Promise<{ readonly piece: Segment; readonly stream: PcmStream } | undefined>;
  /** The segment is over: its signal need not follow the request's any more. */
  readonly unlink: () => void;
}

/** A piece in its final form, and when its words are heard from its first frame on: final once it was spoken. */
interface PieceSpeech {
  readonly piece: Segment;
  readonly pcm: AsyncGenerator<Uint8Array, void, void>;
  readonly words: () => readonly SpokenWord[];
}

/** The segments of one request: what is being spoken, and what was opened ahead of it. */
export class SegmentPipeline {
  readonly #inner: Engine;
  /** What all segments share. */
  readonly #request: SpeechRequest;
  readonly #source: SegmentSource;
  readonly #repeatSpeaker = createSpeakerRepeater();
  readonly #wasm: Ports['wasm'];
  readonly #whole: ReturnType<typeof linkedAbort>;
  readonly #clock: Clock | undefined;
  readonly #turns: Turns | undefined;
  readonly #playback: Playback | undefined;
  /** No more of the text is to be opened. */
  #isOver = false;
  #ahead: Opening | undefined;
  /** Characters that were not opened yet; the space between pieces counts, so it is a little more. */
  #remaining: number;
  /** Calls off a look-ahead that was put off. */
  #callOff: (() => void) | undefined;
  /** Ends what is being spoken. Harmless when it has ended. */
  #stop: () => Promise<void> = async () => {};

  constructor(
    inner: Engine,
    request: SpeechRequest,
    source: SegmentSource,
    {
      wasm,
      clock,
      signal,
      isAlone,
    }: Pick<Ports, 'wasm'> &
      Partial<Pick<Ports, 'clock'>> & { readonly isAlone: boolean; readonly signal: AbortSignal },
  ) {
    this.#inner = inner;
    this.#request = isAlone ? request : { ...request, utteranceId: request.utteranceId ?? {} };
    this.#source = source;
    this.#remaining = request.text.length;
    this.#wasm = wasm;
    this.#whole = linkedAbort(signal);
    this.#clock = clock;
    this.#turns = clock && turnsOf(clock);
    this.#playback = clock && new Playback(clock);
  }

  /** The commit point: the first segment that says something has audio. */
  async open(): Promise<PcmStream> {
    let failure: unknown;
    for (;;) {
      this.#ahead = this.#open({ isContinuation: this.#request.isContinuation ?? false });
      try {
        const opened = await this.#ahead.opened;
        if (opened) return opened.stream;
      } catch (error) {
        failure = error;
      }
      if (isUnspeakable(failure) && !this.#isOver) continue;
      this.#whole.unlink();
      throw failure;
    }
  }

  /** The PCM of all segments in one form. Each is added to `timeline` when its last sample was handed out. */
  async *speak(form: PcmForm, timeline: Timeline): AsyncGenerator<Uint8Array, void, void> {
    const { rate, channels } = form;
    let frames = 0;
    while (this.#ahead) {
      const { unlink } = this.#ahead;
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
        timeline.add(speech.piece.text, { start, end: frames }, speech.words());
      }
      unlink();
      this.#lookAhead(); // also when it made no sound
      if (!speech) continue;
      const pause = pauseBytes(speech.piece.pause, rate, channels, this.#request.speed);
      frames += pause.length / frameBytes(channels);
      this.#playback?.hand((pause.length / frameBytes(channels) / rate) * MS_PER_SECOND);
      yield pause;
    }
  }

  /** Stops whatever is still open; after the last byte nothing is. */
  async release(): Promise<void> {
    this.#whole.unlink();
    this.#whole.controller.abort(new ClientGone());
    this.#callOff?.();
    this.#ahead?.opened.then((late) => late?.stream.body.cancel()).catch(() => {});
    await this.#stop();
  }

  /** Once what is being handed out is on its way: opening the next segment takes as long as all that came before the first byte. */
  #lookAheadSoon(): void {
    if (!this.#clock) this.#lookAhead();
    else if (!this.#ahead && !this.#isOver)
      this.#callOff ??= this.#clock.alarm(
        0,
        () => void this.#turns?.run(() => this.#lookAhead(), OPENING_MS),
      );
  }

  #lookAhead(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    if (this.#ahead || this.#isOver || this.#signal.aborted) return;
    const playback = this.#playback;
    const { playbackDeadline = playback && (() => playback.until) } = this.#request;
    this.#ahead = this.#open({ isContinuation: true, playbackDeadline });
  }

  #open(place: Pick<SpeechRequest, 'isContinuation' | 'playbackDeadline'>): Opening {
    const { controller, unlink } = linkedAbort(this.#signal);
    const opened = this.#openNext(place, controller.signal);
    opened.catch(() => {}); // told when its turn comes
    return { opened, unlink };
  }

  async #openNext(
    place: Pick<SpeechRequest, 'isContinuation' | 'playbackDeadline'>,
    signal: AbortSignal,
  ): Promise<{ readonly piece: Segment; readonly stream: PcmStream } | undefined> {
    const piece = await this.#source.next(signal);
    if (!piece) {
      this.#isOver = true;
      return undefined;
    }
    const remaining = Math.max(this.#remaining, piece.text.length);
    this.#remaining -= piece.text.length;
    const request = { ...this.#request, text: this.#repeatSpeaker(piece.text), remaining, ...place };
    return { piece, stream: await openOrCancel(this.#inner, request, signal) };
  }

  /**
   * What was opened ahead, trimmed and in `form`, or undefined when there is nothing to say in it. It becomes what
   * `release` stops without a moment between.
   */
  async #take(form: PcmForm): Promise<PieceSpeech | undefined> {
    let opened: Awaited<Opening['opened']>;
    try {
      opened = await this.#ahead?.opened;
    } catch (error) {
      if (!isUnspeakable(error)) throw error;
      this.#ahead = undefined;
      return undefined;
    }
    this.#ahead = undefined;
    // Aborted while the engine went on undisturbed: that must not look like a clean end.
    if (this.#signal.aborted) {
      await opened?.stream.body.cancel().catch(() => {});
      throw new ClientGone(this.#signal.reason);
    }
    if (!opened) return undefined;
    const { piece, stream } = opened;
    const reader = chunksOf(stream.body);
    this.#stop = () => reader.cancel().catch(() => {});
    const trimmer = trimmerOf(stream, this.#request.speed);
    const toForm = form.rate / stream.rate;
    const words = moved(stream.words, (frame) => trimmer.placeOf(frame) * toForm);
    const converter = await conform(stream, form, this.#wasm);
    if (!converter) return { piece, pcm: filtered(reader, trimmer, this.#turns), words };
    this.#stop = async () => {
      converter.close();
      await reader.cancel().catch(() => {});
    };
    if (this.#signal.aborted) await this.#stop(); // released while the converter was made
    return { piece, pcm: filtered(reader, chained(trimmer, converter), this.#turns), words };
  }

  get #signal(): AbortSignal {
    return this.#whole.controller.signal;
  }
}

function trimmerOf({ rate, channels, isTrimmed }: PcmStream, speed: number): Trimmer {
  if (!isTrimmed) return createTrimmer(rate, channels, speed);
  return { ...createFader(rate, channels, speed), placeOf: (frame) => frame };
}

/** Of a text that has no segment: more of nothing makes no difference. */
const BLANK_CHARACTERS = 1000;
/** Steps in which a second segment is found if one is near. */
const SOON = 64;

/** The segments of a text, cut when they are asked for: the rest of a book is not looked at. There is at least one. */
export class SegmentSource {
  readonly #steps: Generator<Segment | undefined, void, void>;
  readonly #blank: string;
  readonly #turns: Turns | undefined;
  /** Cut already: at most two. */
  readonly #ready: Segment[] = [];
  #isFirst = true;
  #isOver = false;

  constructor(text: string, options: SegmentOptions, turns: Turns | undefined) {
    this.#steps = cutLazily(text, options);
    this.#blank = text.slice(0, BLANK_CHARACTERS);
    this.#turns = turns;
  }

  /** The next one, in order; undefined when there is no more. @throws ClientGone as soon as `signal` aborts */
  async next(signal: AbortSignal): Promise<Segment | undefined> {
    return this.#ready.shift() ?? this.#cut(signal);
  }

  /** Whether there is no more than one, as far as is seen soon. To be asked before any is taken. */
  async isOneOnly(signal: AbortSignal): Promise<boolean> {
    for (let steps = Number.POSITIVE_INFINITY; this.#ready.length < 2; steps = SOON) {
      const piece = await this.#cut(signal, steps);
      if (!piece) return this.#isOver;
      this.#ready.push(piece);
    }
    return false;
  }

  async #cut(signal: AbortSignal, steps: number = Number.POSITIVE_INFINITY): Promise<Segment | undefined> {
    for (let count = 0; count < steps; count++) {
      if (signal.aborted) throw new ClientGone(signal.reason);
      const step = () => this.#steps.next();
      const { done, value } = this.#turns ? await this.#turns.run(step) : step();
      if (done) this.#isOver = true;
      if (value || done) {
        const blank: Segment | undefined = this.#isFirst ? { text: this.#blank, pause: 'none' } : undefined;
        this.#isFirst = false;
        return value ?? blank;
      }
    }
    return undefined;
  }
}
