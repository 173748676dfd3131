import { type SpeechError, SpeechFailure } from '../../core/errors.ts';
import { meaningOf } from '../../http/error-response.ts';

/** What went wrong, as `error` events and failed responses tell it (API reference, Realtime, server events). */
export interface ErrorDetails {
  readonly type: 'invalid_request_error' | 'server_error';
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

/** An event that asks for what cannot be: the client is told, and the session goes on. */
export class EventRefused extends SpeechFailure {
  readonly details: ErrorDetails;

  constructor(code: string, message: string, param?: string) {
    super({ code: 'invalid_value', message, param });
    this.name = 'EventRefused';
    this.details = { type: 'invalid_request_error', code, message, param: param ?? null };
  }
}

/** What is told of a failure. */
interface Refusal {
  readonly details: ErrorDetails;
  /** The id that the client gave to the event that is wrong. */
  readonly eventId: string | null;
}

export function refusalOf(failure: SpeechFailure): Refusal {
  if (failure instanceof FailedEvent) return failure;
  const details = failure instanceof EventRefused ? failure.details : detailsOf(failure.error);
  return { details, eventId: null };
}

/** What went wrong with one event. */
class FailedEvent extends SpeechFailure implements Refusal {
  readonly details: ErrorDetails;
  readonly eventId: string | null;

  constructor(failure: SpeechFailure, eventId: string | null) {
    super(failure.error, failure.cause);
    this.details = refusalOf(failure).details;
    this.eventId = eventId;
  }
}

/** What was thrown, with the id of the event that it is about. */
export function inAnswerTo(eventId: string | null, thrown: unknown): unknown {
  return thrown instanceof SpeechFailure ? new FailedEvent(thrown, eventId) : thrown;
}

/** A failure under its name of the HTTP routes. No upstream text, address or stack ever gets here. */
export function detailsOf(error: SpeechError): ErrorDetails {
  const { code, status, message, param } = meaningOf(error);
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return { type, code, message, param: param ?? null };
}
