import type { PcmStream } from '../../../src/core/engine.ts';
import { SpeechFailure } from '../../../src/core/errors.ts';
import type { Clock, Ports } from '../../../src/core/ports.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
import type { UpstreamPool } from '../../../src/engine/upstream/pool.ts';
import { createPool, type UpstreamsOptions } from '../../../src/engine/upstreams.ts';
import { createMemoryLeases } from '../../../src/state/memory.ts';
import type { FakeOrigin } from '../../fake-origin.ts';
import { realClock } from '../../stream/fake-clock.ts';
import { bytesOf, nobodyLeaves, say } from '../fish/fish-client.ts';

export type Place = UpstreamsOptions['upstreams'][number];

/** A Fish-Speech server, unless `more` says otherwise. */
export function place(origin: { readonly url: string }, more: Partial<Place> = {}): Place {
  return { kind: 'fish', url: origin.url, key: '', slots: 1, weight: 1, drain: false, ...more };
}

/** A pool that never retries and hardly ever breaks, unless the test says otherwise. */
export function poolOf(
  places: readonly Place[],
  options: Partial<UpstreamsOptions> = {},
  ports: Partial<Pick<Ports, 'fetch' | 'clock' | 'relay' | 'background'>> = {},
): UpstreamPool {
  const clock = ports.clock ?? realClock;
  return createPool(
    {
      upstreams: places,
      leases: createMemoryLeases(clock),
      maxPending: 100,
      deadlineMs: 60_000,
      retries: 0,
      breaker: { failures: 1000, pauseMs: 10_000 },
      random: () => 0.5,
      ...options,
    },
    { fetch, ...ports, clock },
  );
}

/** One Fish-Speech server that speaks as much at once as it is asked for. */
export function engineFor(
  { url }: { readonly url: string },
  { key = '', ...options }: Partial<UpstreamsOptions> & { readonly url?: string; readonly key?: string } = {},
  clock: Clock = realClock,
): UpstreamPool {
  return poolOf([place({ url: options.url ?? url }, { key, slots: 100 })], options, { clock });
}

export function open(
  pool: UpstreamPool,
  text: string,
  more: Partial<SpeechRequest> = {},
  signal: AbortSignal = nobodyLeaves(),
): Promise<PcmStream> {
  const opening = pool.open(say(text, more), signal);
  opening.catch(() => {});
  return opening;
}

/** In a text: the origin holds its speech until the test calls `release`, and others stand in line behind it. */
export const held = '[[held]]';

/** Speaks to the end. */
export async function speak(
  pool: UpstreamPool,
  text: string,
  more: Partial<SpeechRequest> = {},
): Promise<number> {
  return (await bytesOf(await open(pool, text, more))).length;
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('it was answered'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof SpeechFailure) return error.error.code;
  return error instanceof Error ? error.name : String(error);
}

/** How often each origin was asked to speak. */
export const shares = (origins: readonly FakeOrigin[]): number[] =>
  origins.map(({ spoken }) => spoken.length);

export const textsOf = (origin: FakeOrigin): string[] =>
  origin.spoken.map(({ body }) => (body as { text: string }).text);
