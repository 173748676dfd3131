import { invalid, type SpeechError, SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { withTimeout } from '../../stream/deadline.ts';
import { readUpTo } from '../../stream/read.ts';

const MIN_RETRY_SECONDS = 1;
/** The most that a client is told to wait. */
const MAX_RETRY_SECONDS = 60;
const EXCERPT_BYTES = 4096;
const EXCERPT_MS = 1000;

/** An answer other than success, with the origin's own words: the cause of a failure, for the log. */
export class RefusedByOrigin extends Error {
  readonly status: number;
  /** How its body begins. */
  readonly excerpt: string;
  /** As the origin said it; undefined when it did not. */
  readonly retryAfter: string | null;
  /** When it came: milliseconds since 1970. */
  readonly answeredAt: number;
  /** The upstream says so in its own shape: the server lives, and its engine could not speak this. */
  readonly isEngineFailure: boolean;
  constructor(response: Response, excerpt: string, isEngineFailure: IsEngineFailure, answeredAt: number) {
    const { status } = response;
    const blame = KEY_FAULTS[status];
    super(`The origin answered ${status}: ${blame ? `${blame}. ` : ''}${excerpt}`);
    this.name = 'RefusedByOrigin';
    this.status = status;
    this.excerpt = excerpt;
    this.retryAfter = response.headers.get('retry-after');
    this.answeredAt = answeredAt;
    this.isEngineFailure = isEngineFailure(status, excerpt);
  }
}

/** Whether an upstream of this kind answers so when it lives, and could not speak this very request. */
export type IsEngineFailure = (status: number, body: string) => boolean;

/** What only the operator can mend. 402 comes from the Fish Audio cloud. */
const KEY_FAULTS: Readonly<Record<number, string>> = {
  401: 'it does not accept our key',
  402: 'the account of our key has no credit left',
  403: 'our key may not do that',
};

/**
 * What an answer other than success means for the client. The origin's own words go into `cause`, for the log: they
 * hold paths and addresses of the origin.
 */
export async function explainRefusal(
  response: Response,
  clock: Clock,
  isEngineFailure: IsEngineFailure = () => false,
): Promise<SpeechFailure> {
  const answeredAt = clock.wallNow();
  const excerpt = await readExcerpt(response, clock);
  const cause = new RefusedByOrigin(response, excerpt, isEngineFailure, answeredAt);
  return new SpeechFailure(meaning(cause), cause);
}

function meaning({ status, retryAfter: header, answeredAt }: RefusedByOrigin): SpeechError {
  switch (status) {
    case 400:
    case 422:
      return invalid('The origin refused the request.').error;
    case 413:
      return { code: 'request_too_large', message: 'The request is too large for the origin.' };
    case 429:
    case 503:
      return { code: 'overloaded', retryAfterSeconds: retryAfter(header, answeredAt) };
    default: // 401, 402 and 403 blame our key, 404 our address: nothing the client could mend
      return { code: 'origin_unavailable' };
  }
}

/**
 * Seconds to wait by a `Retry-After` header (RFC 9110, 10.2.3: seconds or a date), between 1 and `max`.
 * @param now milliseconds since 1970
 */
export function retryAfter(header: string | null, now: number, max: number = MAX_RETRY_SECONDS): number {
  const text = header?.trim() ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  if (Number.isNaN(seconds)) return MIN_RETRY_SECONDS;
  return Math.ceil(Math.min(max, Math.max(MIN_RETRY_SECONDS, seconds)));
}

/** Never waits long: an error is already certain, only its words are missing. */
async function readExcerpt(response: Response, clock: Clock): Promise<string> {
  if (!response.body) return '';
  const reading = readUpTo(response.body, EXCERPT_BYTES).then(
    ({ bytes }) => new TextDecoder().decode(bytes),
    () => '',
  );
  return withTimeout(reading, EXCERPT_MS, clock, () => '');
}
