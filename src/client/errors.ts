/** An answer of the server that is no success. */
export class FishEdgeError extends Error {
  /** Of HTTP; of a live socket its closing code (RFC 6455). */
  readonly status: number;
  /** A word for programs, where the server gives one: `invalid_value`, `voice_not_found`. */
  readonly code: string | undefined;
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;
  /** After so many milliseconds another try may succeed; undefined where the server does not say. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    about: {
      status: number;
      code?: string | undefined;
      requestId?: string | undefined;
      retryAfterMs?: number | undefined;
    },
  ) {
    super(message);
    this.name = 'FishEdgeError';
    this.status = about.status;
    this.code = about.code;
    this.requestId = about.requestId;
    this.retryAfterMs = about.retryAfterMs;
  }
}

/** More of an error is no message. */
const MAX_ERROR_TEXT = 64 * 1024;

export async function readError(response: Response): Promise<FishEdgeError> {
  const text = (await response.text().catch(() => '')).slice(0, MAX_ERROR_TEXT);
  const { message, code } = parseError(text);
  return new FishEdgeError(message ?? `The server answered ${response.status}.`, {
    status: response.status,
    code,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterMs: retryAfterMs(response.headers),
  });
}

/** What the headers ask for (RFC 9110, 10.2.3: seconds or a date); milliseconds are the finer word of the same. */
export function retryAfterMs(headers: Headers, now: number = Date.now()): number | undefined {
  const exact = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (exact >= 0) return exact;
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const waitMs = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

/** Each surface has its own shape: `error.message`, `detail`, `detail.message`, `message`. */
function parseError(text: string): { message?: string | undefined; code?: string | undefined } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return {};
  }
  const whole = asObject(body);
  const inner = asObject(whole.error ?? whole.detail);
  const message = [inner.message, whole.message, whole.detail, whole.error].find(isText);
  return { message, code: [inner.code, inner.type, whole.code].find(isText) };
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
