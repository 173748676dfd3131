import { isSuspected, SpeechFailure } from '../../core/errors.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { RefusedByOrigin, retryAfter } from './refusal.ts';

/** What a failed request says about its origin, and whether it is worth another try. */
export interface Verdict {
  /** For the origin's health; `unknown` says nothing about it, `suspected` little: the request itself may be to blame. */
  readonly origin: 'worked' | 'failed' | 'suspected' | 'unknown';
  /** `elsewhere`: the same origin would only fail the same way; `once elsewhere`: so may all of them. */
  readonly again: 'never' | 'once elsewhere' | 'elsewhere' | 'anywhere';
  /** Milliseconds for which the origin asked to be left alone. */
  readonly cooldownMs?: number | undefined;
}

/** An origin may ask for more rest than a client is told to wait, within reason. */
const MAX_COOLDOWN_SECONDS = 3600;
const TOO_MANY_REQUESTS = 429;

/** Judges what came instead of audio. */
export function classifyFailure(error: unknown): Verdict {
  if (error instanceof ClientGone || !(error instanceof SpeechFailure))
    return { origin: 'unknown', again: 'never' };
  if (isSuspected(error)) return { origin: 'suspected', again: 'once elsewhere' };
  const refused = error.cause instanceof RefusedByOrigin ? error.cause : undefined;
  switch (error.error.code) {
    case 'voice_not_found':
      if (!refused) return { origin: 'unknown', again: 'elsewhere' }; // its list lacks the voice; another origin may keep none
      return { origin: 'worked', again: 'never' };
    case 'invalid_value':
    case 'request_too_large':
      return { origin: refused ? 'worked' : 'unknown', again: 'never' };
    case 'overloaded': {
      const polite = refused?.retryAfter != null || refused?.status === TOO_MANY_REQUESTS;
      const { retryAfter: header = null, answeredAt = 0 } = refused ?? {};
      const cooldownMs = retryAfter(header, answeredAt, MAX_COOLDOWN_SECONDS) * 1000;
      return { origin: polite ? 'unknown' : 'failed', again: 'anywhere', cooldownMs };
    }
    case 'origin_unavailable': // under 500 it refused our key or does not know the route: it will do so again
      return { origin: 'failed', again: refused && refused.status < 500 ? 'elsewhere' : 'anywhere' };
    case 'timeout':
      if (error.error.stage === 'first-audio') return { origin: 'failed', again: 'elsewhere' };
      return { origin: error.error.stage === 'idle' ? 'failed' : 'unknown', again: 'never' };
    default:
      return { origin: 'unknown', again: 'never' };
  }
}
