import { type Engine, withBody } from '../../core/engine.ts';
import type { Clock, Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { TraceSpan } from '../../core/trace.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { chunksOf, pullStream } from '../../stream/pull.ts';
import type { AdmittedEngine, Demand } from '../scheduling/demand.ts';
import { createFairQueue, type Waiter } from '../scheduling/fair-queue.ts';
import { createPace } from '../scheduling/pace.ts';
import { overloaded } from '../scheduling/room.ts';
import { decorate } from './opening.ts';
import { createStreams, type Part, type Streams } from './streams.ts';

export interface AdmissionOptions {
  /** Streams that may work towards their first audio at once. */
  readonly starting: number;
  /** Requests that may wait. A client that has its share of them cannot keep out another one: see `isFull`. */
  readonly maxPending: number;
  /** A request that by the measured pace would wait longer than this for its first audio is refused at once. */
  readonly deadlineMs?: number | undefined;
  /** Rejects with what is wrong with a request: it need not wait to hear that. */
  readonly demandOf: (request: SpeechRequest) => Promise<Demand>;
  /** Resolves when no more requests come. No speech begins earlier: it would take the processor from those who are to be refused. */
  readonly lull?: (() => Promise<void>) | undefined;
}

interface QueueEntry {
  readonly part: SpeechRequest;
  readonly demand: Demand;
  /** As it was estimated when it came, or in the last pass since. */
  workMs: number;
  enter(place: Part): void;
}

/** While somebody waits: a stream whose reader stalls is no event, nor is a source that becomes faster. */
const LOOK_AGAIN_MS = 1000;
/** Streams inside. Those that go on from what a cache had are never asked to wait, so something must bound them. */
const MAX_STREAMS = 1000;
/** Clients with less than their share may queue beyond `maxPending`, up to so many times as many. */
const CROWDED = 2;

/**
 * Lets streams in while the engine can keep up with all of them, at least one; the others wait, and clients take turns. A
 * stream is a text: its later parts, which bear `continues` or the thread of one inside, are never asked to wait. A request
 * is refused as it comes or not at all. One whose signal aborts leaves the queue at once; one already inside keeps its
 * place until the engine has really stopped, so `open` must settle when its signal aborts.
 */
export function admission(
  options: AdmissionOptions,
  { clock }: Pick<Ports, 'clock'>,
): (inner: Engine) => AdmittedEngine {
  return (inner) => {
    const queue = new AdmissionQueue(options, clock);
    const queued = decorate(inner, async function admissionOpen(part, signal) {
      if (signal.aborted) throw new ClientGone(signal.reason);
      const came = clock.now();
      const demand = await options.demandOf(part);
      const waiting = part.trace?.begin('queue', {}, came);
      const place = await queue.enter(part, demand, signal).finally(() => waiting?.end());
      const attempt = part.trace?.begin('attempt', { 'fish_edge.engine': inner.id });
      try {
        if (!part.isContinuation) await options.lull?.();
        if (signal.aborted) throw new ClientGone(signal.reason); // in the moment its turn came
        const began = clock.now();
        const stream = await inner.open(part, signal);
        queue.measure(part, clock.now() - began);
        place.begun();
        return withBody(stream, counted(stream.body, place, attempt), {
          queueMs: began - came + (stream.queueMs ?? 0),
          sourceMs: clock.now() - began,
        });
      } catch (error) {
        place.leave(true);
        attempt?.end({ 'fish_edge.outcome': signal.aborted ? 'cancelled' : 'error' });
        throw error;
      }
    });
    return {
      ...queued,
      load: () => ({ queued: queue.size, running: queue.running }),
      get pending() {
        return queue.size;
      },
      get running() {
        return queue.running;
      },
    };
  };
}

/** `body`, whose reading `place` is told of until it ends. */
function counted(
  body: ReadableStream<Uint8Array>,
  place: Part,
  attempt: TraceSpan | undefined,
): ReadableStream<Uint8Array> {
  const reader = chunksOf(body);
  let isWhole = false;
  return pullStream(
    async function* () {
      for (;;) {
        place.asked();
        const { done, value } = await reader.read();
        if (done) break;
        place.came();
        yield value;
      }
      isWhole = true;
    },
    async () => {
      place.leave(!isWhole);
      attempt?.end({ 'fish_edge.outcome': isWhole ? 'finished' : 'cancelled' });
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    },
  );
}

class AdmissionQueue {
  readonly #options: AdmissionOptions;
  readonly #clock: Clock;
  readonly #waiting = createFairQueue<QueueEntry>();
  readonly #streams: Streams;
  /** From the place to the first audio. */
  readonly #pace = createPace();
  #passedAt = Number.NEGATIVE_INFINITY;
  /** Of all who wait. */
  #workMs = 0;

  constructor(options: AdmissionOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#streams = createStreams(clock, () => this.#pass());
  }

  get size(): number {
    return this.#waiting.size;
  }

  get running(): number {
    return this.#streams.size;
  }

  measure(part: SpeechRequest, firstAudioMs: number): void {
    if (!part.isContinuation) this.#pace.measure(firstAudioMs);
  }

  /** Resolves when `part` may go in. @throws SpeechFailure `overloaded`; ClientGone as soon as `signal` aborts */
  async enter(part: SpeechRequest, demand: Demand, signal: AbortSignal): Promise<Part> {
    if (signal.aborted) throw new ClientGone(signal.reason);
    const isInside = this.#streams.has(part.utteranceId);
    const goesOn = isInside || part.isContinuation === true;
    if (goesOn && !isInside && this.#streams.size >= MAX_STREAMS)
      throw overloaded(this.#streams.untilFreeMs());
    if (goesOn || (this.size === 0 && this.#hasRoom(demand))) return this.#streams.enter(part, demand);
    const expectedMs = this.#expectedMs(part);
    const { deadlineMs = Number.POSITIVE_INFINITY } = this.#options;
    if (expectedMs > deadlineMs || this.#isFull(part)) throw overloaded(expectedMs);
    return this.#wait(part, demand, signal);
  }

  #wait(part: SpeechRequest, demand: Demand, signal: AbortSignal): Promise<Part> {
    return new Promise((resolve, reject) => {
      const entry: QueueEntry = {
        part,
        demand,
        workMs: demand.workMs(part),
        enter(place) {
          callOff();
          signal.removeEventListener('abort', leave);
          resolve(place);
        },
      };
      const leave = (): void => {
        callOff();
        this.#waiting.remove(entry);
        reject(new ClientGone(signal.reason));
        this.#pass(); // it may have been the one for whom there was no room
      };
      // By an alarm of its own, whatever becomes of those of others: on Workers one is lost with the request that set it.
      let callOff = (): void => {};
      const lookAgain = (): void => {
        callOff = this.#clock.alarm(LOOK_AGAIN_MS, () => {
          lookAgain();
          if (this.#clock.now() - this.#passedAt >= LOOK_AGAIN_MS) this.#pass();
        });
      };
      lookAgain();
      this.#waiting.add(entry, waiterOf(part));
      this.#workMs += entry.workMs;
      signal.addEventListener('abort', leave, { once: true });
      this.#letIn();
    });
  }

  /** Something changed: a stream is over or has its first audio, a client left, or time has passed. */
  #pass(): void {
    this.#passedAt = this.#clock.now();
    this.#letIn();
    this.#estimate();
  }

  /** Lets in whoever can be let in, nobody before its turn. */
  #letIn(): void {
    for (let entry = this.#next(); entry; entry = this.#next()) {
      this.#waiting.serve(entry);
      this.#workMs -= entry.workMs;
      entry.enter(this.#streams.enter(entry.part, entry.demand));
    }
  }

  /** Whose turn it is, if there is room. */
  #next(): QueueEntry | undefined {
    const [first] = this.#waiting.inOrder();
    return first && this.#hasRoom(first.demand) ? first : undefined;
  }

  /** Anew, as paces change; not for each newcomer, who would look at all others. */
  #estimate(): void {
    this.#workMs = 0;
    for (const entry of this.#waiting.inOrder()) {
      entry.workMs = entry.demand.workMs(entry.part);
      this.#workMs += entry.workMs;
    }
  }

  #hasRoom(demand: Demand): boolean {
    return this.#streams.starting < this.#options.starting && this.#streams.hasRoom(demand);
  }

  /** Milliseconds until `part` would have its first audio. */
  #expectedMs(part: SpeechRequest): number {
    const aheadMs = (this.#waiting.ahead(waiterOf(part)) * this.#workMs) / Math.max(1, this.size);
    return this.#streams.untilFreeMs() + aheadMs + this.#pace.jobMs();
  }

  /** Nobody is sent away for a newcomer, so a client that has less than its share may exceed the bound. */
  #isFull(part: SpeechRequest): boolean {
    const { maxPending } = this.#options;
    if (this.size < maxPending) return false;
    return this.size >= maxPending * CROWDED || this.#waiting.crowding(waiterOf(part)) === undefined;
  }
}

function waiterOf({ client }: SpeechRequest): Waiter {
  return { client };
}
