import type { Ports } from '../../ports.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import { ClientGone } from '../../stream/cancel.ts';
import type { Policy } from '../engine.ts';
import { Flight } from './flight.ts';
import { withOpen } from './opening.ts';

export interface CoalesceOptions {
  /** Equal for requests that may share their speech; undefined for one that shares with nobody. */
  readonly key: (request: SpeechRequest) => Promise<string | undefined>;
  /** Bytes of a shared speech that are kept for those who come later. */
  readonly maxBytes?: number | undefined;
}

/** 95 s of mono speech at 44.1 kHz: several times the longest segment. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Requests for the same speech at the same time share one source. Until its first audio everybody can join. From then on
 * a single listener has the source itself, untouched, and the door is closed; but with several, or when the speech is
 * about to be kept (`cache` is a miss), latecomers still hear it from its first byte. The last one to leave stops it.
 *
 * The source is read at the pace of its fastest listener. A speech longer than `maxBytes` takes no latecomers beyond that
 * point, and its listeners wait for one that is so far behind; whoever stops reading altogether is ended by the idle
 * guard of its own answer.
 *
 * Whoever shared a part of a text (by its `thread`) will ask for the parts after it, though not in the same moment: those are
 * shared from the start, and stay for a few seconds when they are done.
 *
 * Where a request's work ends with it (`ports.background`), the source stays with the request that began it, which goes on
 * in the background when its client has left.
 */
export function coalesce(options: CoalesceOptions, ports: Pick<Ports, 'clock' | 'background'>): Policy {
  return (inner) => {
    const flights = new Map<string, Flight>();
    const crowd = new WeakSet<object>();
    return withOpen(inner, async (request, signal) => {
      const key = await options.key(request);
      if (signal.aborted) throw new ClientGone(signal.reason);
      if (key === undefined) return inner.open(request, signal);
      const found = flights.get(key);
      if (found && !found.isStale()) return found.board(request, signal, true);
      const flight = new Flight(
        inner,
        request,
        { maxBytes: options.maxBytes ?? MAX_BYTES, crowd, ...ports },
        () => {
          if (flights.get(key) === flight) flights.delete(key);
        },
      );
      flights.set(key, flight);
      return flight.board(request, signal, false);
    });
  };
}
