import type { SpeechError } from '../core/errors.ts';

/** RFC 6455, 7.4.1. */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  policy: 1008,
  tooBig: 1009,
  serverError: 1011,
  tryAgainLater: 1013,
} as const;

/** RFC 6455, 5.5: what a close frame holds beside its code. */
const MAX_REASON_BYTES = 123;

/** The code that says whose fault an error is. */
export function closeCodeOf({ code }: SpeechError): number {
  switch (code) {
    case 'shutting_down':
      return closeCodes.goingAway;
    case 'request_too_large':
      return closeCodes.tooBig;
    case 'overloaded':
    case 'share_exceeded':
      return closeCodes.tryAgainLater;
    case 'invalid_value':
    case 'invalid_api_key':
    case 'rate_limit_exceeded':
    case 'permission_denied':
      return closeCodes.policy;
    default:
      return closeCodes.serverError;
  }
}

/** As much of a reason as a close frame holds. */
export function atMost(reason: string): string {
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES));
  return reason.slice(0, read);
}
