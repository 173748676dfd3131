import { FishEdgeError, readError, retryAfterMs } from './errors.ts';
import type { CallOptions, ClientOptions } from './types.ts';

export interface Call extends CallOptions {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** JSON. */
  readonly body?: unknown;
  readonly form?: FormData;
  readonly headers?: Readonly<Record<string, string>>;
}

const DEFAULT_URL = 'http://localhost:8080';
const defaults = { maxRetries: 2, timeoutMs: 120_000, maxRetryWaitMs: 30_000 };
const FIRST_BACKOFF_MS = 500;
const MAX_TRIES = 10;
const MAX_WAIT_MS = 3_600_000;
/** What passes by itself. A server says with a status only that nothing was done: audio begins after it. */
const passing: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** Asks the server, and again where that may help: as often as `maxRetries` says, and not before the time that the server names. */
export class Requests {
  readonly baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: NonNullable<ClientOptions['fetch']>;
  readonly #maxRetries: number;
  readonly #timeoutMs: number;
  readonly #maxRetryWaitMs: number;

  constructor(options: ClientOptions) {
    this.baseUrl = baseOf(options.baseUrl ?? DEFAULT_URL);
    this.#headers = options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : {};
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
    this.#maxRetries = within('maxRetries', options.maxRetries ?? defaults.maxRetries, MAX_TRIES);
    this.#timeoutMs = within('timeoutMs', options.timeoutMs ?? defaults.timeoutMs, MAX_WAIT_MS);
    this.#maxRetryWaitMs = within(
      'maxRetryWaitMs',
      options.maxRetryWaitMs ?? defaults.maxRetryWaitMs,
      MAX_WAIT_MS,
    );
  }

  /** An answer that is a success. @throws FishEdgeError, or the reason of `signal` */
  async send(path: string, call: Call = {}): Promise<Response> {
    for (let tries = 0; ; tries++) {
      call.signal?.throwIfAborted();
      const isLast = tries >= this.#maxRetries;
      let waitMs = FIRST_BACKOFF_MS * 2 ** tries * (0.75 + Math.random() / 2);
      try {
        const response = await this.#sendOnce(path, call);
        if (response.ok) return response;
        const asked = retryAfterMs(response.headers);
        const mayHelp =
          response.headers.get('x-should-retry') !== 'false' && passing.has(response.status) && !isLast;
        waitMs = asked ?? waitMs;
        if (!mayHelp || waitMs > this.#maxRetryWaitMs) throw await readError(response);
        await response.body?.cancel().catch(() => {});
      } catch (error) {
        call.signal?.throwIfAborted();
        if (error instanceof FishEdgeError || isTimeout(error) || isLast) throw error;
      }
      await sleep(waitMs, call.signal);
    }
  }

  async json<T>(path: string, call?: Call): Promise<T> {
    return (await (await this.send(path, call)).json()) as T;
  }

  async #sendOnce(
    path: string,
    { method = 'GET', query, body, form, headers, signal }: Call,
  ): Promise<Response> {
    const url = new URL(this.baseUrl + path);
    for (const [name, value] of Object.entries(query ?? {}))
      if (value !== undefined) url.searchParams.set(name, value);
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new DOMException(`No answer within ${this.#timeoutMs} ms.`, 'TimeoutError')),
      this.#timeoutMs,
    );
    try {
      return await this.#fetch(url.href, {
        method,
        headers: {
          ...this.#headers,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        body: form ?? (body === undefined ? null : JSON.stringify(body)),
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
      });
    } finally {
      clearTimeout(timer);
    }
  }
}

function baseOf(text: string): string {
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError('baseUrl must be http or https.');
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');
}

function within(name: string, value: number, max: number): number {
  if (value >= 0 && value <= max) return value;
  throw new RangeError(`${name} must be from 0 to ${max}.`);
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}
