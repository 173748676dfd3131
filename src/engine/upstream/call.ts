import { SpeechFailure } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import { boundWork } from '../../stream/deadline.ts';
import { readAll } from '../../stream/read.ts';
import {
  FIRST_BYTE_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  keyHeaders,
  originUrl,
  type UpstreamOptions,
} from './options.ts';
import { asFailure } from './pcm-body.ts';
import { explainRefusal } from './refusal.ts';

/** One request to a route of the origin that does not speak. */
export interface OriginCall {
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  /** Largest answer that is read. */
  readonly maxBytes: number;
  /** Statuses whose body the caller reads itself; all others but 2xx are refusals. */
  readonly telling?: readonly number[];
}

export interface OriginAnswer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

/**
 * Asks the origin and reads its whole answer. A speaking origin answers only afterwards, so the wait is that for speech.
 * @throws SpeechFailure for a refusal, a deadline or a broken connection; ClientGone when `signal` aborts
 */
export async function callOrigin(
  options: UpstreamOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
  call: OriginCall,
  signal: AbortSignal,
): Promise<OriginAnswer> {
  const work = boundWork(ports.clock, signal);
  const late = (): SpeechFailure => new SpeechFailure({ code: 'timeout', stage: 'total' });
  const callOffFirst = work.limit(options.firstByteTimeoutMs ?? FIRST_BYTE_TIMEOUT_MS, late);
  try {
    const response = await work.race(
      ports.fetch(originUrl(options, call.path), {
        method: call.method,
        headers: { ...keyHeaders(options), ...call.headers },
        redirect: 'manual', // following one would repeat a POST as a GET (RFC 9110, 15.4)
        signal: work.signal,
        ...(call.body === undefined ? {} : { body: call.body }),
      }),
    );
    callOffFirst();
    work.limit(options.idleTimeoutMs ?? IDLE_TIMEOUT_MS, late); // the answer is made whole before it is sent
    if (!response.ok && !call.telling?.includes(response.status)) {
      throw await work.race(explainRefusal(response, ports.clock));
    }
    const body = response.body ?? new Blob([]).stream();
    return { status: response.status, bytes: await work.race(readAll(body, call.maxBytes)) };
  } catch (error) {
    const failure = asFailure(error);
    work.stop(failure); // closes the socket, whatever of the answer is still to come
    throw failure;
  } finally {
    work.end();
  }
}

/** The failure of an answer that makes no sense. `reason` is for the log. */
export function malformedResponse(reason: string): SpeechFailure {
  return new SpeechFailure({ code: 'origin_unavailable' }, new Error(`The origin sent ${reason}.`));
}

export interface JsonRead {
  readonly path: string;
  readonly maxBytes: number;
  readonly withinMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A document that the upstream answers with. @throws NoSuchRoute, and Error for whatever else is wrong or too late */
export async function fetchJson(
  { path, maxBytes, withinMs, signal }: JsonRead,
  options: UpstreamOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): Promise<unknown> {
  const work = boundWork(ports.clock, signal);
  work.limit(withinMs, () => new Error(`The origin did not answer ${path} in time.`));
  try {
    const headers = { ...keyHeaders(options), accept: 'application/json' };
    const init = { headers, redirect: 'manual', signal: work.signal } as const;
    const response = await work.race(ports.fetch(originUrl(options, path), init));
    if (NO_ROUTE.includes(response.status)) throw new NoSuchRoute();
    if (!response.ok || !response.body) throw new Error(`The origin answered ${response.status} at ${path}.`);
    return JSON.parse(new TextDecoder().decode(await work.race(readAll(response.body, maxBytes))));
  } catch (error) {
    work.stop(error as Error); // frees the socket of an answer that was not read to its end
    throw error;
  } finally {
    work.end();
  }
}

const NO_ROUTE: readonly number[] = [404, 405];

/** The upstream knows no such path. */
export class NoSuchRoute extends Error {
  override readonly name = 'NoSuchRoute';
}
