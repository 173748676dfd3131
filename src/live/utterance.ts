import { joinBytes } from '../core/bytes.ts';
import { invalid, type SpeechFailure } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { DeliveryProgress } from '../speech/delivery-progress.ts';
import type { Speech } from '../speech/synthesize.ts';
import { ClientGone } from '../stream/cancel.ts';
import { settlesWithin } from '../stream/deadline.ts';
import type { Outbox } from './outbox.ts';
import { Sentences, TooMuchText } from './sentences.ts';

/** Code units of text that may wait to be spoken: half a book. */
const MAX_WAITING = 200_000;

type Message = string | Uint8Array<ArrayBuffer>;

/** Writes what a client is told of one utterance. */
export interface EventWriter {
  audio(audio: Uint8Array, progress: DeliveryProgress): readonly Message[];
  /** What became known with the last of the audio. */
  rest(progress: DeliveryProgress): readonly Message[];
  /** @param failure what went wrong; undefined after a good end */
  finish(failure?: SpeechFailure): Message;
}

/** What an utterance needs of the layer around it. */
export interface UtteranceOptions<Asked> {
  readonly clock: Clock;
  readonly createEvents: () => EventWriter;
  readonly synthesize: (
    asked: Asked,
    text: string,
    more: AsyncIterable<string>,
    signal: AbortSignal,
  ) => Promise<Speech>;
  /** Most code units that are spoken as one request. */
  readonly maxPart: number;
}

/** One utterance of a session: text that comes in bit by bit, and one playable stream of audio. */
export class Utterance<Asked> {
  readonly events: EventWriter;
  readonly #asked: Asked;
  readonly #options: UtteranceOptions<Asked>;
  readonly #sentences: Sentences;
  readonly #left = new AbortController();
  #stopped = false;

  constructor(asked: Asked, partLength: number, options: UtteranceOptions<Asked>) {
    const { clock, maxPart } = options;
    const later = (call: () => void): void => void clock.alarm(0, call);
    this.#asked = asked;
    this.#options = options;
    this.#sentences = new Sentences({ partLength, maxPart, maxWaiting: MAX_WAITING, later });
    this.events = options.createEvents();
  }

  /** Takes no more text. */
  get isStopped(): boolean {
    return this.#stopped || this.#sentences.isEnded;
  }

  /** All that was written is on its way: more text is waited for. */
  get isWaiting(): boolean {
    return this.#sentences.isAwaited;
  }

  /** @throws SpeechFailure when too much text waits */
  write(text: string): void {
    try {
      this.#sentences.push(text);
    } catch (error) {
      throw error instanceof TooMuchText ? invalid(error.message, 'text') : error;
    }
  }

  flush(): void {
    this.#sentences.flush();
  }

  /** What was written so far is said, and the utterance ends with it, unless more is written before that was begun. */
  flushToEnd(): void {
    this.#sentences.flushToEnd();
  }

  /** No more text is taken: what was written is still said. */
  stop(): void {
    this.#stopped = true;
    this.#sentences.end();
  }

  /** Nobody listens any more. */
  drop(): void {
    this.#sentences.drop();
    this.#left.abort(new ClientGone());
  }

  /** Says all that is written until it is stopped. @param onAudio told how many bytes the client took */
  async speak(outbox: Outbox, onAudio: (bytes: number) => void): Promise<void> {
    const first = await this.#sentences.next();
    if (first === undefined) return;
    const { clock, synthesize } = this.#options;
    const speech = await synthesize(this.#asked, first, rest(this.#sentences), this.#left.signal);
    const reader = speech.body.getReader();
    try {
      for await (const audio of inPieces(reader, clock)) {
        for (const message of this.events.audio(audio, speech.progress)) await outbox.send(message);
        onAudio(audio.length);
      }
      for (const message of this.events.rest(speech.progress)) await outbox.send(message);
    } finally {
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    }
  }
}

async function* rest(sentences: Sentences): AsyncGenerator<string, void, void> {
  for (let part = await sentences.next(); part !== undefined; part = await sentences.next()) yield part;
}

/** Pipecat drops audio messages that are shorter: only the last may be. */
const MIN_BYTES = 1025;
const GOOD_BYTES = 4096;
const HELD_MS = 20;

/** The chunks of a body, small ones put together; none that is worth sending is held back for longer than 20 ms. */
export async function* inPieces(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  clock: Clock,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const next = reader.read();
    if (bytes >= GOOD_BYTES || (bytes >= MIN_BYTES && !(await settlesWithin(next, HELD_MS, clock)))) {
      yield joinBytes(held);
      held = [];
      bytes = 0;
    }
    const { done, value } = await next;
    if (done) break;
    held.push(value);
    bytes += value.length;
  }
  if (bytes > 0) yield joinBytes(held);
}
