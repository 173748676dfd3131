import type { Policy } from '../../core/engine.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import { linkedAbort } from '../../stream/cancel.ts';
import { decorate, openOrCancel } from './opening.ts';

export interface DeadlineOptions {
  /** Milliseconds from the request to its first audio, every queue inside included. */
  readonly firstAudioMs: number;
}

/**
 * Gives up on a request whose first audio is late: the work is aborted and the failure is `timeout`. After the first
 * audio it only hands the request's signal on.
 */
export function deadline(options: DeadlineOptions, ports: Pick<Ports, 'clock'>): Policy {
  return (inner) =>
    decorate(inner, async function deadlineOpen(request, signal) {
      const { controller } = linkedAbort(signal); // stays tied: the signal also ends what is streaming
      let late: SpeechFailure | undefined;
      const cancelAlarm = ports.clock.alarm(options.firstAudioMs, () => {
        if (controller.signal.aborted) return;
        late = new SpeechFailure({ code: 'timeout', stage: 'first-audio' });
        controller.abort(late);
      });
      try {
        return await openOrCancel(inner, request, controller.signal);
      } catch (error) {
        throw late ?? error;
      } finally {
        cancelAlarm();
      }
    });
}
