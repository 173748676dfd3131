import { signal } from '@preact/signals';
import { EventSourceParserStream } from 'eventsource-parser/stream';

const KEY = 'fish-edge-key';

/** What the server asked for, kept until the tab is closed. */
export const apiKey = signal(sessionStorage.getItem(KEY) ?? '');
/** Set when the server wants a key: `wrong` where it refused the one it got. */
export const keyWanted = signal<'none' | 'missing' | 'wrong'>('none');

export function takeKey(key: string): void {
  apiKey.value = key.trim();
  sessionStorage.setItem(KEY, apiKey.value);
  keyWanted.value = 'none';
}

/** What went wrong, as far as a page can say something about it in its own words. */
export type FailureKind =
  | 'unreachable'
  | 'key'
  | 'busy'
  | 'limit'
  | 'missing'
  | 'refused'
  | 'broken'
  | 'unsupported'
  /** The page's own: its message is for the user. */
  | 'plain';

export class Failure extends Error {
  readonly kind: FailureKind;
  /** Seconds, where the server said when to come back. */
  readonly retryAfter: number | undefined;

  constructor(kind: FailureKind, message = '', retryAfter?: number) {
    super(message);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}

/** An address of the server, below whatever path the page itself lies. */
export function addressOf(path: string): string {
  return new URL(path, document.baseURI).href;
}

/** Sends a request with the key. @throws Failure for everything but a success, AbortError when `signal` aborts */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const key = apiKey.value;
  if (key !== '') headers.set('authorization', `Bearer ${key}`);
  const response = await fetch(addressOf(path), { ...init, headers }).catch((error: unknown) => {
    throw isAbort(error) ? error : new Failure('unreachable');
  });
  if (response.ok) return response;
  const retryAfter = Number(response.headers.get('retry-after')) || undefined;
  const message = await messageOf(response);
  const kind = kindOf(response.status);
  const isCurrent = key === apiKey.value; // another may have been given meanwhile
  if (kind === 'key' && isCurrent) keyWanted.value = key === '' ? 'missing' : 'wrong';
  throw new Failure(kind, message, retryAfter);
}

export function sendJson(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return ask(path, { method: 'POST', ...init, headers, body: JSON.stringify(body) });
}

export async function readJson<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await ask(path, init)).json()) as T;
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function kindOf(status: number): FailureKind {
  if (status === 401) return 'key';
  if (status === 404) return 'missing';
  if (status === 429) return 'limit';
  if (status === 501) return 'unsupported';
  if (status === 503) return 'busy';
  return status >= 500 ? 'broken' : 'refused';
}

const MAX_MESSAGE = 300;

async function messageOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => undefined)) as
    | { readonly error?: { readonly message?: unknown } | string; readonly detail?: unknown }
    | undefined;
  const error = typeof body?.error === 'string' ? body.error : body?.error?.message;
  const said = error ?? body?.detail;
  return typeof said === 'string' ? said.slice(0, MAX_MESSAGE) : '';
}

/**
 * The events of an answer (HTML, server-sent events), each a JSON object. Whoever has seen the last one stops.
 * @throws Failure, also where the answer ends before that
 */
export async function* eventsOf<Event>({ body }: Response): AsyncGenerator<Event, never> {
  if (!body) throw new Failure('broken');
  const events = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (;;) {
      const { done, value } = await events.read();
      if (done) throw new Failure('broken');
      yield JSON.parse(value.data) as Event;
    }
  } catch (error) {
    throw isAbort(error) || error instanceof Failure ? error : new Failure('unreachable');
  } finally {
    void events.cancel().catch(() => {});
  }
}
