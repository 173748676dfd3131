import type { Ports } from '../../ports.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { anywhere, createHome, type Home } from '../../stream/home.ts';
import { Replay } from '../../stream/replay.ts';
import { inGroups } from '../../stream/turns.ts';
import type { Engine, PcmStream } from '../engine.ts';
import { openOrDiscard } from './opening.ts';

/** Those who heard the beginning of a text together ask for its later parts within so many milliseconds of each other. */
const LINGER_MS = 5000;

interface Passenger {
  readonly signal: AbortSignal;
  readonly thread: object | undefined;
  readonly onCacheMiss: SpeechRequest['onCacheMiss'];
  /** Found the speech under way already. */
  readonly late: boolean;
  /** The speech is there: whoever leaves now leaves that. */
  readonly stay: () => void;
  readonly take: (stream: PcmStream) => void;
  readonly fail: (error: unknown) => void;
}

interface FlightParts extends Pick<Ports, 'clock' | 'background'> {
  readonly maxBytes: number;
  /** Threads of which a part was shared. */
  readonly crowd: WeakSet<object>;
}

/** One speech and those who hear it: see `coalesce`. */
export class Flight {
  readonly #controller = new AbortController();
  readonly #parts: FlightParts;
  readonly #isLater: boolean;
  readonly #home: Home;
  /** Ends the time in which others can board. */
  readonly #close: () => void;
  /** Those who wait for the first audio. */
  readonly #waiting = new Set<Passenger>();
  #shared: { readonly stream: PcmStream; readonly replay: Replay } | undefined;
  #aboard: object[] = [];
  #isMissed = false;
  /** When it must be gone, in the clock's milliseconds. */
  #lingersUntil = Number.POSITIVE_INFINITY;
  /** The request that began it is needed no more. */
  #over = (): void => {};

  constructor(inner: Engine, request: SpeechRequest, parts: FlightParts, close: () => void) {
    this.#parts = parts;
    this.#isLater = request.continues === true;
    this.#close = close;
    this.#home = parts.background ? createHome(parts.clock) : anywhere;
    parts.background?.(
      new Promise<void>((resolve) => {
        this.#over = () => {
          this.#home.leave();
          resolve();
        };
      }),
    );
    const opened = { ...request, onCacheMiss: () => this.#missed() };
    openOrDiscard(inner, opened, this.#controller.signal).then(
      (stream) => this.#depart(stream),
      (error: unknown) => {
        close();
        void this.#failAll(error).then(() => this.#over());
      },
    );
  }

  /** Its own end was lost with the request that began it. */
  isStale(): boolean {
    return this.#parts.clock.now() > this.#lingersUntil;
  }

  board({ thread, onCacheMiss }: SpeechRequest, signal: AbortSignal, late: boolean): Promise<PcmStream> {
    if (this.#isMissed) onCacheMiss?.();
    if (thread) this.#aboard.push(thread);
    if (late) for (const each of this.#aboard) this.#parts.crowd.add(each);
    const shared = this.#shared;
    if (shared) return Promise.resolve(listen(shared.stream, shared.replay, signal, late));
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(passenger);
        reject(new ClientGone(signal.reason));
        if (this.#waiting.size === 0) this.#stop(signal.reason);
      };
      const stay = (): void => signal.removeEventListener('abort', leave);
      const passenger: Passenger = {
        signal,
        thread,
        onCacheMiss,
        late,
        stay,
        take: resolve,
        fail: reject,
      };
      this.#waiting.add(passenger);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #depart(stream: PcmStream): void {
    const passengers = this.#takeWaiting();
    const [only] = passengers;
    if (!only) {
      this.#over();
      stream.body.cancel(new ClientGone()).catch(() => {}); // all left in the moment it came
      return;
    }
    const isCrowd = only.thread !== undefined && this.#parts.crowd.has(only.thread);
    if (passengers.length === 1 && !only.late && !isCrowd && stream.cache?.state !== 'miss') {
      this.#close();
      this.#over();
      const { signal } = only;
      const left = (): void => this.#controller.abort(new ClientGone(signal.reason));
      signal.addEventListener('abort', left, { once: true });
      only.take(stream);
      return;
    }
    const replay: Replay = new Replay(stream.body, {
      maxBytes: this.#parts.maxBytes,
      home: this.#home,
      clock: this.#parts.clock,
      onShut: this.#close,
      onEnd: (whole) => {
        if (whole && isCrowd && this.#isLater && replay.isOpen) this.#linger(replay);
        else this.#over();
      },
    });
    this.#shared = { stream, replay };
    const seats = passengers.map(({ signal, late, take }) => {
      return { take, body: listen(stream, replay, signal, late) };
    });
    void inGroups(seats, this.#parts.clock, ({ take, body }) => take(body));
  }

  #missed(): void {
    this.#isMissed = true;
    for (const { onCacheMiss } of this.#waiting) onCacheMiss?.();
  }

  async #failAll(error: unknown): Promise<void> {
    await inGroups(this.#takeWaiting(), this.#parts.clock, ({ fail }) => fail(error));
  }

  #takeWaiting(): Passenger[] {
    const passengers = [...this.#waiting];
    this.#waiting.clear();
    for (const { stay } of passengers) stay();
    return passengers;
  }

  /** Stays for those who are a little behind. */
  #linger(replay: Replay): void {
    const { clock } = this.#parts;
    const held = replay.join();
    this.#lingersUntil = clock.now() + LINGER_MS;
    clock.alarm(LINGER_MS, () => {
      held.cancel().catch(() => {});
      this.#over();
    });
  }

  #stop(reason: unknown): void {
    this.#close();
    this.#home.run(async () => this.#controller.abort(new ClientGone(reason)));
  }
}

/** A listener's own stream. What the source could move natively is shared now, so it goes through JavaScript. */
function listen(stream: PcmStream, replay: Replay, signal: AbortSignal, late: boolean): PcmStream {
  const { rate, channels, engine, length, queueMs, voiceConfirmed, prosody, words } = stream;
  const cache = late ? ({ state: 'coalesced' } as const) : stream.cache;
  return {
    rate,
    channels,
    engine,
    length,
    queueMs,
    voiceConfirmed,
    prosody,
    words,
    cache,
    body: replay.join(signal),
  };
}
