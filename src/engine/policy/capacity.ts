import { SpeechFailure } from '../../speech/errors.ts';
import { meter } from '../../stream/meter.ts';
import type { Policy } from '../engine.ts';
import { withOpen } from './opening.ts';

/** A stream lasts seconds to minutes; this is when a look at the door is worth it again. */
const RETRY_AFTER_SECONDS = 5;

/**
 * At most `maxStreams` streams at once, from `open` to the body's end; the next one is refused as `overloaded`. A full
 * house refuses newcomers, so that it need not break off the speech of those who are inside.
 */
export function capacity(maxStreams: number): Policy {
  return (inner) => {
    let streams = 0;
    return withOpen(inner, async (request, signal) => {
      if (streams >= maxStreams) {
        const message = `All ${maxStreams} streams of the embedded voice are taken. Please try again later.`;
        throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS, message });
      }
      streams += 1;
      const leave = (): void => {
        streams -= 1;
      };
      try {
        const stream = await inner.open(request, signal);
        const { relayed: _, ...counted } = stream; // what the runtime moves natively would not be seen to end
        return { ...counted, body: meter(stream.body, leave) };
      } catch (error) {
        leave();
        throw error;
      }
    });
  };
}
