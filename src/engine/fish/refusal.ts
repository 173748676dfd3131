import type { Clock } from '../../ports.ts';
import { invalid, type SpeechError, SpeechFailure } from '../../speech/errors.ts';
import { readUpTo } from '../../stream/read.ts';

const MIN_RETRY_SECONDS = 1;
const MAX_RETRY_SECONDS = 60;
const EXCERPT_BYTES = 4096;
const EXCERPT_MS = 1000;

/**
 * What an answer other than success means for the client. The origin's own words go into `cause`, for the log: they
 * hold paths and addresses of the origin.
 */
export async function explainRefusal(response: Response, clock: Clock): Promise<SpeechFailure> {
  const excerpt = await readExcerpt(response, clock);
  const cause = new Error(`The origin answered ${response.status}: ${excerpt}`);
  return new SpeechFailure(meaning(response), cause);
}

function meaning(response: Response): SpeechError {
  switch (response.status) {
    case 400:
    case 422:
      return invalid('The origin refused the request.').error;
    case 413:
      return { code: 'request_too_large', message: 'The request is too large for the origin.' };
    case 429:
    case 503:
      return { code: 'overloaded', retryAfterSeconds: retryAfter(response.headers.get('retry-after')) };
    default: // 401 and 403 blame our key, 404 our address: nothing the client could mend
      return { code: 'origin_unavailable' };
  }
}

/** Seconds to wait by a `Retry-After` header (RFC 9110, 10.2.3: seconds or a date), between 1 and 60. */
export function retryAfter(header: string | null): number {
  const text = header?.trim() ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  if (Number.isNaN(seconds)) return MIN_RETRY_SECONDS;
  return Math.ceil(Math.min(MAX_RETRY_SECONDS, Math.max(MIN_RETRY_SECONDS, seconds)));
}

/** Never waits long: an error is already certain, only its words are missing. */
async function readExcerpt(response: Response, clock: Clock): Promise<string> {
  if (!response.body) return '';
  const reading = readUpTo(response.body, EXCERPT_BYTES).then(
    ({ bytes }) => new TextDecoder().decode(bytes),
    () => '',
  );
  let callOff = (): void => {};
  const tooLong = new Promise<string>((resolve) => {
    callOff = clock.alarm(EXCERPT_MS, () => resolve(''));
  });
  return Promise.race([reading, tooLong]).finally(callOff);
}
