import type { SpeechError } from '../../core/errors.ts';
import { meaningOf } from '../../http/error-response.ts';

/** What went wrong, as `error` events and failed responses tell it (API reference, Realtime, server events). */
export interface ErrorDetails {
  readonly type: 'invalid_request_error' | 'server_error';
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

/** An event that asks for what cannot be: the client is told, and the session goes on. */
export class EventRefused extends Error {
  readonly details: ErrorDetails;

  constructor(code: string, message: string, param?: string) {
    super(message);
    this.name = 'EventRefused';
    this.details = { type: 'invalid_request_error', code, message, param: param ?? null };
  }
}

/** A failure under its name of the HTTP routes. No upstream text, address or stack ever gets here. */
export function detailsOf(error: SpeechError): ErrorDetails {
  const { code, status, message, param } = meaningOf(error);
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return { type, code, message, param: param ?? null };
}
