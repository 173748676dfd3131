import { type SpeechError, SpeechFailure } from '../../core/errors.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { UpstreamVoice } from '../../core/upstream.ts';
import { NothingSpoken } from './pcm-body.ts';
import { RefusedByOrigin } from './refusal.ts';

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
  const hash = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(hash, 0, HASH_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
