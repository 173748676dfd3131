import type { Clock } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { Demand } from '../scheduling/demand.ts';

/** The streams that were let into an engine: see `admission`. */
export interface Streams {
  readonly size: number;
  /** Those that work towards their first audio. */
  readonly starting: number;
  /** A part of this text was let in, and it is not over. */
  has(utteranceId: object | undefined): boolean;
  /** The engine would keep up with one more like this, or has nothing else to do. */
  hasRoom(demand: Demand): boolean;
  /** A part of a text goes in. */
  enter(part: SpeechRequest, demand: Demand): Part;
  /** Milliseconds until one of them is over, all of them being as far as they are on average. */
  untilFreeMs(): number;
}

/** A part of a text in the engine. */
export interface Part {
  /** It has audio. */
  begun(): void;
  /** Its reader asked for audio, or got some. */
  asked(): void;
  came(): void;
  /** It is over. @param isLast and with it its text: whoever heard it has left, or it failed */
  leave(isLast?: boolean): void;
}

interface Stream {
  readonly demand: Demand;
  /** The newest one. */
  part: SpeechRequest;
  parts: number;
  starting: number;
  /** Parts whose reader waits for audio. */
  asking: number;
  /** When a reader asked for audio or got some. */
  movedAt: number;
  /** No more parts of it will come. */
  isLeft: boolean;
  callOff: (() => void) | undefined;
  /** When it is over if no more parts come. */
  endsAt: number;
}

/**
 * Of the engine's time, what its streams may need together: the rest is for steps that take longer than the mean, and for
 * the server itself.
 */
const MAX_LOAD = 0.9;
/** A stream needs nothing of an engine while its reader has not asked for so long. */
const STALLED_MS = 10_000;
/** Between two parts of a text: the next one is asked for as soon as the one before is being heard. */
const BETWEEN_PARTS_MS = 100;

/** @param onFree a stream is over, or has its first audio */
export function createStreams(clock: Clock, onFree: () => void): Streams {
  const all = new Map<object, Stream>();
  /** Those that are not over: on Workers an alarm is lost with the request that set it. */
  const streams = (): ReadonlyMap<object, Stream> => {
    const now = clock.now();
    for (const [key, { endsAt }] of all) if (endsAt <= now) all.delete(key);
    return all;
  };

  const needy = (): Stream[] => {
    const now = clock.now();
    return [...streams().values()].filter(({ asking, movedAt }) => asking > 0 || now - movedAt < STALLED_MS);
  };
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

  return {
    get size() {
      return streams().size;
    },
    get starting() {
      return [...streams().values()].filter(({ starting }) => starting > 0).length;
    },
    has: (utteranceId) => utteranceId !== undefined && streams().has(utteranceId),
    hasRoom(demand) {
      const shares = needy().map((stream) => stream.demand.share());
      return shares.length === 0 || sum(shares) + demand.share() <= MAX_LOAD;
    },
    untilFreeMs() {
      const works = needy().map(({ demand, part }) => demand.workMs(part));
      return works.length === 0 ? 0 : (sum(works) * (works.length + 1)) / (2 * works.length);
    },
    enter(part, demand) {
      const key = part.utteranceId ?? {};
      const fresh = {
        demand,
        part,
        parts: 0,
        starting: 0,
        asking: 0,
        movedAt: 0,
        isLeft: false,
        callOff: undefined,
        endsAt: Number.POSITIVE_INFINITY,
      };
      const known = streams().get(key);
      const stream: Stream = known ?? fresh;
      stream.isLeft = false;
      const isFirst = !known && part.isContinuation !== true;
      all.set(key, stream);
      stream.callOff?.();
      stream.endsAt = Number.POSITIVE_INFINITY;
      stream.part = part;
      stream.parts += 1;
      let starts = isFirst;
      if (starts) stream.starting += 1;
      let asking = false;
      const move = (asks: boolean): void => {
        stream.asking += Number(asks) - Number(asking);
        asking = asks;
        stream.movedAt = clock.now();
      };
      const begun = (): void => {
        if (starts) stream.starting -= 1;
        starts = false;
        move(false);
      };
      move(true);
      return {
        begun() {
          begun();
          onFree();
        },
        asked: () => move(true),
        came: () => move(false),
        leave(isLast = false) {
          begun();
          stream.parts -= 1;
          stream.isLeft ||= isLast;
          if (stream.parts > 0) return;
          const end = (): void => {
            if (all.get(key) === stream) all.delete(key); // or the next of that key, as a late alarm may find it
            onFree();
          };
          if (!part.utteranceId || stream.isLeft) return end();
          stream.endsAt = clock.now() + BETWEEN_PARTS_MS;
          stream.callOff = clock.alarm(BETWEEN_PARTS_MS, end);
        },
      };
    },
  };
}
