import type { PcmStream } from '../../src/engine/engine.ts';
import type { FishPlace } from '../../src/engine/fish/options.ts';
import { createFishPool, type FishPool, type FishPoolOptions } from '../../src/engine/fish/pool.ts';
import type { Ports } from '../../src/ports.ts';
import { SpeechFailure } from '../../src/speech/errors.ts';
import type { SpeechRequest } from '../../src/speech/request.ts';
import { createMemoryLeases } from '../../src/state/leases-memory.ts';
import type { FakeOrigin } from '../fake-origin.ts';
import { realClock } from '../stream/fake-clock.ts';
import { bytesOf, nobodyLeaves, say } from './fish-client.ts';

export function place(origin: { readonly url: string }, more: Partial<FishPlace> = {}): FishPlace {
  return { url: origin.url, key: '', slots: 1, weight: 1, drain: false, ...more };
}

/** A pool that never retries and hardly ever breaks, unless the test says otherwise. */
export function poolOf(
  places: readonly FishPlace[],
  options: Partial<FishPoolOptions> = {},
  ports: Partial<Pick<Ports, 'fetch' | 'clock' | 'relay' | 'background'>> = {},
): FishPool {
  const clock = ports.clock ?? realClock;
  return createFishPool(
    {
      origins: places,
      leases: createMemoryLeases(clock),
      model: 's1',
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

export function open(
  pool: FishPool,
  text: string,
  more: Partial<SpeechRequest> = {},
  signal: AbortSignal = nobodyLeaves(),
): Promise<PcmStream> {
  const opening = pool.open(say(text, more), signal);
  opening.catch(() => {});
  return opening;
}

/** Speaks to the end. */
export async function speak(
  pool: FishPool,
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
