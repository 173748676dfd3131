import { pauseBytes } from '../../audio/dsp/silence.ts';
import { frameBytes, type PcmFilter } from '../../audio/pcm.ts';
import { type Engine, type PcmStream, type Policy, withBody } from '../../core/engine.ts';
import { isUnspeakable } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import { ClientGone, linkedAbort } from '../../stream/cancel.ts';
import { settlesWithin } from '../../stream/deadline.ts';
import { chunksOf, pullStream } from '../../stream/pull.ts';
import { turnsOf } from '../../stream/turns.ts';
import { conform, filtered, type PcmForm } from './conform.ts';
import { decorate, openOrCancel } from './opening.ts';
import { PartTimes, Timeline } from './timeline.ts';

export interface StreamingInputOptions {
  /** All parts are parts of one text to the engine, which has to be told to keep its voice. */
  readonly isOneUtterance: boolean;
}

/** How long the last of a text may take to be known as the last, before a pause is said behind it. */
const LAST_WORD_MS = 20;

/**
 * Speaks text that is still being written, as one stream of PCM: first `text`, then every part of `more` when it comes, with
 * a pause between. The next part is opened while the one before it is heard, so a listener that leaves wastes at most one.
 * A part that says nothing is left out; one that fails errors the body.
 */
export function streamingInput(
  { isOneUtterance }: StreamingInputOptions,
  ports: Pick<Ports, 'wasm' | 'clock'>,
): Policy {
  return (inner) =>
    decorate(inner, async function streamingInputOpen(request, signal) {
      const { more, ...rest } = request;
      if (!more) return inner.open(request, signal);
      const own = isOneUtterance
        ? { ...rest, utteranceId: rest.utteranceId ?? {} }
        : { ...rest, utteranceId: undefined };
      const spoken = new StreamingInput(inner, own, more[Symbol.asyncIterator](), { ...ports, signal });
      const first = await spoken.open();
      const timeline = new Timeline();
      const body = pullStream(
        () => spoken.speak(first, timeline),
        () => spoken.release(),
      );
      const changes = { length: undefined, words: undefined, timeline: timeline.segments };
      return withBody(first.stream, body, changes);
    });
}

interface Part {
  readonly text: string;
  readonly stream: PcmStream;
}

class StreamingInput {
  readonly #inner: Engine;
  readonly #request: SpeechRequest;
  readonly #texts: AsyncIterator<string>;
  readonly #ports: Pick<Ports, 'wasm' | 'clock'>;
  readonly #whole: ReturnType<typeof linkedAbort>;
  #ahead: Promise<Part | undefined> | undefined;
  /** Ends what is being spoken. Harmless when it has ended. */
  #stop: () => Promise<void> = async () => {};

  constructor(
    inner: Engine,
    request: SpeechRequest,
    texts: AsyncIterator<string>,
    { signal, ...ports }: Pick<Ports, 'wasm' | 'clock'> & { readonly signal: AbortSignal },
  ) {
    this.#inner = inner;
    this.#request = request;
    this.#texts = texts;
    this.#ports = ports;
    this.#whole = linkedAbort(signal);
  }

  /** The commit point: a part has audio. */
  async open(): Promise<Part> {
    try {
      return await this.#openFirst();
    } catch (error) {
      this.#whole.unlink();
      throw error;
    }
  }

  async *speak(first: Part, timeline: Timeline): AsyncGenerator<Uint8Array, void, void> {
    const form: PcmForm = first.stream;
    let frames = 0;
    let part: Part | undefined = first;
    while (part) {
      const pcm = await this.#take(part.stream, form);
      const place = { scale: form.rate / part.stream.rate, start: frames };
      const times: PartTimes = new PartTimes(timeline, part.text, part.stream, place);
      this.#ahead = this.#openNext({ isContinuation: true });
      this.#ahead.catch(() => {}); // told when its turn comes
      for await (const heard of pcm) {
        frames += heard.length / frameBytes(form.channels);
        times.follow();
        yield heard;
      }
      times.finish(frames);
      if (!(await this.#isLast())) {
        const pause = pauseBytes('sentence', form.rate, form.channels, this.#request.speed);
        frames += pause.length / frameBytes(form.channels);
        yield pause;
      }
      part = await this.#ahead;
    }
  }

  async release(): Promise<void> {
    this.#whole.unlink();
    this.#whole.controller.abort(new ClientGone());
    this.#ahead?.then((late) => late?.stream.body.cancel()).catch(() => {});
    this.#texts.return?.().catch(() => {}); // not awaited: it may be waiting for text
    await this.#stop();
  }

  async #openFirst(): Promise<Part> {
    const { text } = this.#request;
    try {
      const stream = await openOrCancel(this.#inner, this.#request, this.#whole.controller.signal);
      return { text, stream };
    } catch (error) {
      const next = isUnspeakable(error) ? await this.#openNext({}) : undefined;
      if (next) return next;
      throw error;
    }
  }

  /** The next part that says something; undefined when there is no more. */
  async #openNext(place: Pick<SpeechRequest, 'isContinuation'>): Promise<Part | undefined> {
    for (;;) {
      const { done, value: text } = await this.#texts.next();
      if (done) return undefined;
      try {
        const request = { ...this.#request, text, ...place };
        return { text, stream: await openOrCancel(this.#inner, request, this.#whole.controller.signal) };
      } catch (error) {
        if (!isUnspeakable(error)) throw error;
      }
    }
  }

  /** Nothing may come for long: the pause is said as soon as this was not the end, and pushes the last word out of an encoder. */
  async #isLast(): Promise<boolean> {
    const next = this.#ahead ?? Promise.resolve(undefined);
    if (!(await settlesWithin(next, LAST_WORD_MS, this.#ports.clock))) return false;
    return (await next.catch(() => undefined)) === undefined;
  }

  async #take(stream: PcmStream, form: PcmForm): Promise<AsyncGenerator<Uint8Array, void, void>> {
    const reader = chunksOf(stream.body);
    this.#stop = () => reader.cancel().catch(() => {});
    const converter = (await conform(stream, form, this.#ports.wasm)) ?? untouched;
    this.#stop = async () => {
      converter.close();
      await reader.cancel().catch(() => {});
    };
    if (this.#whole.controller.signal.aborted) await this.#stop(); // released while the converter was made
    return filtered(reader, converter, turnsOf(this.#ports.clock));
  }
}

const untouched: PcmFilter = { push: (pcm) => pcm, end: () => new Uint8Array(0), close() {} };
