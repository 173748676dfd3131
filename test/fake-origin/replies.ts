import type { ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import { encode } from '@msgpack/msgpack';

/** An error that the origin answers on purpose (kui's HTTPException): docs/fish-speech.md, errors. */
export class OriginError extends Error {
  readonly status: number;
  readonly content: string | null;
  readonly headers: Record<string, string>;
  constructor(status: number, content: string | null, headers: Record<string, string> = {}) {
    super(content ?? '');
    this.status = status;
    this.content = content;
    this.headers = headers;
  }
}

const dropped = new WeakSet<ServerResponse>();

/** Breaks the connection off, as the origin's own doing. */
export function drop(response: ServerResponse): void {
  dropped.add(response);
  response.socket?.destroy();
}

export function wasDropped(response: ServerResponse): boolean {
  return dropped.has(response);
}

/** Schema failures: the 422 array. */
export class OriginRefusal extends Error {
  readonly entries: readonly unknown[];
  constructor(entries: readonly unknown[]) {
    super('422');
    this.entries = entries;
  }
}

/** Python's phrases, before 3.13 renamed 413. */
const PHRASES: Record<number, string> = {
  ...STATUS_CODES,
  413: 'Request Entity Too Large',
  422: 'Unprocessable Entity',
};

function holdsBytes(value: unknown): boolean {
  if (value instanceof Uint8Array) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsBytes);
}

export function replyError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    drop(response);
  } else if (error instanceof OriginRefusal && holdsBytes(error.entries)) {
    // pydantic cannot echo bytes that are not UTF-8, so uvicorn's own page answers (docs/fish-speech.md, the body of a 422)
    response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end('Internal Server Error');
  } else if (error instanceof OriginRefusal) {
    const body = JSON.stringify(error.entries, null, 2).replace(/("[gl]e": )(\d+)(?=\n)/g, '$1$2.0');
    response.writeHead(422, { 'content-type': 'application/json' }).end(body);
  } else {
    const known =
      error instanceof OriginError ? error : new OriginError(500, String((error as Error).message));
    const body = { statusCode: known.status, message: known.content, error: PHRASES[known.status] ?? '' };
    response
      .writeHead(known.status, { 'content-type': 'application/json', ...known.headers })
      .end(JSON.stringify(body));
  }
}

export function replyJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** msgpack unless the client asks for JSON by the rule of docs/fish-speech.md, references. */
export function replyNegotiated(
  response: ServerResponse,
  status: number,
  body: Record<string, unknown>,
  query: URLSearchParams,
  accept: string,
  namesJsonInFull: boolean,
): void {
  const format = (query.get('format') ?? '').trim().toLowerCase();
  const named = ['json', 'application/json', 'msgpack', 'application/msgpack'].includes(format);
  const wanted = accept.toLowerCase();
  const json = named
    ? format === 'json' || (namesJsonInFull && format === 'application/json')
    : wanted.includes('application/json') && !wanted.includes('application/msgpack');
  if (json) replyJson(response, status, body);
  else response.writeHead(status, { 'content-type': 'application/msgpack' }).end(encode(body));
}
