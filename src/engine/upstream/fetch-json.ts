import type { Ports } from '../../core/ports.ts';
import { boundWork } from '../../stream/deadline.ts';
import { readAll } from '../../stream/read.ts';
import { keyHeaders, originUrl, type UpstreamOptions } from './options.ts';

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
