import type { PcmFilter } from '../../audio/pcm.ts';
import { pauseBytes } from '../../audio/silence.ts';
import type { Ports } from '../../ports.ts';
import { isUnspeakable } from '../../speech/errors.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { pullStream } from '../../stream/pull.ts';
import { settles } from '../../stream/settles.ts';
import { turnsOf } from '../../stream/turns.ts';
import type { Engine, PcmStream, Policy } from '../engine.ts';
import { conform, type PcmForm } from './conform.ts';
import { filtered } from './filtered.ts';
import { childOf, openOrDiscard, withOpen } from './opening.ts';

export interface MoreTextOptions {
  /** All parts are parts of one text to the engine, which has to be told to keep its voice. */
  readonly isOneThread: boolean;
}

/** How long the last of a text may take to be known as the last, before a pause is said behind it. */
const LAST_WORD_MS = 20;

/**
 * Speaks text that is still being written, as one stream of PCM: first `text`, then every part of `more` when it comes, with
 * a pause between. The next part is opened while the one before it is heard, so a listener that leaves wastes at most one.
 * A part that says nothing is left out; one that fails errors the body.
 */
export function moreText({ isOneThread }: MoreTextOptions, ports: Pick<Ports, 'wasm' | 'clock'>): Policy {
  return (inner) =>
    withOpen(inner, async (request, signal) => {
      const { more, ...rest } = request;
      if (!more) return inner.open(request, signal);
      const own = isOneThread ? { ...rest, thread: {} } : rest;
      const spoken = new Dictation(inner, own, more[Symbol.asyncIterator](), { ...ports, signal });
      const stream = await spoken.open();
      const { rate, channels, engine, queueMs, voiceConfirmed, cache, prosody } = stream;
      const body = pullStream(
        () => spoken.speak(stream),
        () => spoken.release(),
      );
      return { rate, channels, engine, queueMs, voiceConfirmed, cache, prosody, body };
    });
}

class Dictation {
  readonly #inner: Engine;
  readonly #request: SpeechRequest;
  readonly #texts: AsyncIterator<string>;
  readonly #ports: Pick<Ports, 'wasm' | 'clock'>;
  readonly #whole: ReturnType<typeof childOf>;
  #ahead: Promise<PcmStream | undefined> | undefined;
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
    this.#whole = childOf(signal);
  }

  /** The commit point: a part has audio. */
  async open(): Promise<PcmStream> {
    try {
      return await this.#openFirst();
    } catch (error) {
      this.#whole.letGo();
      throw error;
    }
  }

  async *speak(first: PcmStream): AsyncGenerator<Uint8Array, void, void> {
    const form: PcmForm = first;
    let stream: PcmStream | undefined = first;
    while (stream) {
      const pcm = await this.#take(stream, form);
      this.#ahead = this.#openNext({ continues: true });
      this.#ahead.catch(() => {}); // told when its turn comes
      yield* pcm;
      if (!(await this.#isLast()))
        yield pauseBytes('sentence', form.rate, form.channels, this.#request.speed);
      stream = await this.#ahead;
    }
  }

  async release(): Promise<void> {
    this.#whole.letGo();
    this.#whole.controller.abort(new ClientGone());
    this.#ahead?.then((late) => late?.body.cancel()).catch(() => {});
    this.#texts.return?.().catch(() => {}); // not awaited: it may be waiting for text
    await this.#stop();
  }

  async #openFirst(): Promise<PcmStream> {
    try {
      return await openOrDiscard(this.#inner, this.#request, this.#whole.controller.signal);
    } catch (error) {
      const next = isUnspeakable(error) ? await this.#openNext({}) : undefined;
      if (next) return next;
      throw error;
    }
  }

  /** The next part that says something; undefined when there is no more. */
  async #openNext(place: Pick<SpeechRequest, 'continues'>): Promise<PcmStream | undefined> {
    for (;;) {
      const { done, value: text } = await this.#texts.next();
      if (done) return undefined;
      try {
        const request = { ...this.#request, text, ...place };
        return await openOrDiscard(this.#inner, request, this.#whole.controller.signal);
      } catch (error) {
        if (!isUnspeakable(error)) throw error;
      }
    }
  }

  /** Nothing may come for long: the pause is said as soon as this was not the end, and pushes the last word out of an encoder. */
  async #isLast(): Promise<boolean> {
    const next = this.#ahead ?? Promise.resolve(undefined);
    if (!(await settles(next, LAST_WORD_MS, this.#ports.clock))) return false;
    return (await next.catch(() => undefined)) === undefined;
  }

  async #take(stream: PcmStream, form: PcmForm): Promise<AsyncGenerator<Uint8Array, void, void>> {
    const reader = stream.body.getReader();
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
