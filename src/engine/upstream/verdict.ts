import { isSuspected, type SpeechError, SpeechFailure } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { UpstreamVoice } from '../../core/upstream.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { NothingSpoken } from './pcm-body.ts';
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

/**
 * What a failure shows of its origin's life, where its request may be to blame: the origin `answered` in its own shape, or
 * `began` an answer that broke off or ended for no reason of the connection that is known. Undefined: the request is not
 * suspected.
 */
export function signOfLife(
  error: unknown,
  request: SpeechRequest,
  inBody: boolean,
): 'answered' | 'began' | undefined {
  if (!(error instanceof SpeechFailure) || error.error.code !== 'origin_unavailable') return undefined;
  const { cause } = error;
  if (cause instanceof RefusedByOrigin) return cause.isEngineFailure ? 'answered' : undefined;
  const isStream = !request.whole; // else Fish-Speech says so by a status
  return isStream && (inBody || cause instanceof NothingSpoken) ? 'began' : undefined;
}

/**
 * What a client is told when its request failed at an origin that lives. What exactly was wrong only the origin's own words
 * say, and those are for the log.
 */
export function suspected(request: SpeechRequest, voice: UpstreamVoice, cause: unknown): SpeechFailure {
  const hasReferences = request.references.length > 0 && !request.isContinuation; // later parts get some of the gateway's own
  const what = hasReferences ? 'references' : voice === null ? undefined : 'voice';
  const error: SpeechError = {
    code: 'invalid_value',
    message: `The speech server could not speak this request; check its ${what ? `${what} and ` : ''}text.`,
    param: what ?? 'text',
    suspected: true,
  };
  return new SpeechFailure(error, cause);
}

/** Of a hash: what two requests share by chance once in 2^64. */
const HASH_BYTES = 8;

/**
 * What may be wrong with a request, as hashes: who asks, and the text, voice and recordings that it brings. The default voice is
 * no trait, as it is everybody's.
 * @param wasSpoken by another origin, so that its client sent nothing bad, though what it sent may be beyond this origin
 */
export async function traitsOf(
  { client = '', text, references }: SpeechRequest,
  voice: UpstreamVoice,
  wasSpoken: boolean,
): Promise<readonly string[]> {
  const encoder = new TextEncoder();
  const words = [`text ${text}`];
  if (!wasSpoken) words.push(`client ${client}`);
  if (voice !== null) words.push(`voice ${voice}`);
  const parts = [...words.map((each) => encoder.encode(each)), ...references.map(({ audio }) => audio)];
  return Promise.all(parts.map(hashOf));
}

async function hashOf(bytes: Uint8Array): Promise<string> {
  return (await sha256(bytes)).slice(0, 2 * HASH_BYTES);
}
