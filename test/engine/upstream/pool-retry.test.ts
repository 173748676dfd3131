import { describe, expect, test } from 'vitest';
import type { Misbehaviour } from '../../fake-origin/misbehave.ts';
import type { FakeOrigin } from '../../fake-origin.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { cuttingProxy } from '../fish/cutting-proxy.ts';
import { anOrigin, bytesOf } from '../fish/fish-client.ts';
import { codeOf, open, place, poolOf, shares, speak } from './pool-support.ts';

/** The first is chosen first. */
async function twoOrigins(misbehave: Misbehaviour): Promise<[FakeOrigin, FakeOrigin]> {
  return [await anOrigin({ misbehave }), await anOrigin()];
}

describe('what fails before the first audio is spoken by another origin', () => {
  test.each<[string, Misbehaviour]>([
    ['500', { status: 500 }],
    ['502', { status: 502 }],
    ['503', { status: 503 }],
    ['503 with Retry-After', { status: 503, retryAfter: '20' }],
    ['429', { status: 429, retryAfter: '20' }],
    ['a wrong key', { status: 401 }],
    ['a wrong address', { status: 404 }],
    ['a connection that is dropped before the answer', { dieBeforeHeaders: true }],
    ['a connection that is dropped before the audio', { dieAfterBytes: 0 }],
    ['a page of HTML', { answer: '<html><body>Please sign in</body></html>' }],
  ])('%s', async (_name, misbehave) => {
    const origins = await twoOrigins(misbehave);
    const pool = poolOf(
      origins.map((origin) => place(origin)),
      { retries: 2 },
    );
    expect(await speak(pool, 'Hello')).toBeGreaterThan(0);
    expect(shares(origins)).toEqual([1, 1]);
    await origins[0].until(() => pool.running === 0);
  });

  test('an origin that is not there', async () => {
    const origins = await twoOrigins({});
    const [gone, there] = origins;
    await gone.close();
    const pool = poolOf(
      origins.map((origin) => place(origin)),
      { retries: 2 },
    );
    expect(await speak(pool, 'Hello')).toBeGreaterThan(0);
    expect(there.spoken).toHaveLength(1);
  });

  test('an origin that is silent, when its deadline is over', async () => {
    const clock = createFakeClock();
    const origins = await twoOrigins({ silent: true });
    const places = origins.map((origin) => place(origin));
    const pool = poolOf(places, { retries: 2, firstByteTimeoutMs: 5000 }, { clock });
    const speech = open(pool, 'Hello');
    await origins[0].until(() => origins[0].spoken.length === 1);
    clock.advance(5000);
    await bytesOf(await speech);
    expect(shares(origins)).toEqual([1, 1]);
  });
});

describe('what is not tried again', () => {
  test.each<[string, Misbehaviour, string]>([
    ['what the origin refuses', { status: 400 }, 'invalid_value'],
    ['what its schema refuses', { status: 422 }, 'invalid_value'],
    ['what is too large', { status: 413 }, 'request_too_large'],
  ])('%s', async (_name, misbehave, code) => {
    const origins = await twoOrigins(misbehave);
    const pool = poolOf(
      origins.map((origin) => place(origin)),
      { retries: 2 },
    );
    expect(await codeOf(open(pool, 'Hello'))).toBe(code);
    expect(shares(origins)).toEqual([1, 0]);
  });

  test('speech that has begun: it breaks visibly', async () => {
    const origins = await twoOrigins({ dieAfterBytes: 4000, chunkBytes: 1000, chunkMs: 5 });
    const pool = poolOf(
      origins.map((origin) => place(origin)),
      { retries: 2 },
    );
    const stream = await open(pool, 'Hello');
    expect(await codeOf(bytesOf(stream))).toBe('origin_unavailable');
    expect(shares(origins)).toEqual([1, 0]);
    await origins[0].until(() => pool.running === 0);
  });

  test('the only origin, when it is silent', async () => {
    const clock = createFakeClock();
    const origin = await anOrigin({ misbehave: { silent: true } });
    const pool = poolOf([place(origin)], { retries: 2, firstByteTimeoutMs: 5000 }, { clock });
    const silent = open(pool, 'Hello');
    await origin.until(() => origin.spoken.length === 1);
    clock.advance(5000);
    expect(await codeOf(silent)).toBe('timeout');
    expect(origin.spoken).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test('the only origin, when it does not accept our key', async () => {
    const origin = await anOrigin({ key: 'right' });
    const pool = poolOf([place(origin, { key: 'wrong' })], { retries: 2 });
    expect(await codeOf(open(pool, 'Hello'))).toBe('origin_unavailable');
    expect(origin.spoken).toHaveLength(1);
  });
});

test('a connection that the origin closed while it was idle is opened anew', async () => {
  const origin = await anOrigin();
  const proxy = await cuttingProxy(origin.url);
  const pool = poolOf([place(proxy)], { retries: 1 });
  for (let i = 0; i < 3; i++) await speak(pool, 'Hello'); // connections that are used again
  proxy.cutNextReuse();
  expect(await speak(pool, 'Hello')).toBeGreaterThan(0);
  expect(proxy.cuts).toBe(1);
});

test('the only origin is tried again after a pause, and not more often than allowed', async () => {
  const clock = createFakeClock();
  const misbehave: Misbehaviour = { status: 502 };
  const origin = await anOrigin({ misbehave });
  const pool = poolOf([place(origin)], { retries: 2 }, { clock });
  const speech = open(pool, 'Hello');
  await origin.until(() => origin.spoken.length === 1 && clock.pending === 1); // the pause
  delete misbehave.status;
  clock.advance(100);
  await bytesOf(await speech);
  expect(origin.spoken).toHaveLength(2);

  misbehave.status = 502;
  const hopeless = codeOf(open(pool, 'Hello'));
  for (const tries of [3, 4]) {
    await origin.until(() => origin.spoken.length === tries && clock.pending === 1);
    clock.advance(1000);
  }
  expect(await hopeless).toBe('origin_unavailable');
  expect(origin.spoken).toHaveLength(5);
});

test('all origins down is told at once', async () => {
  const clock = createFakeClock(); // stands still: nothing may wait
  const origins = [await anOrigin(), await anOrigin(), await anOrigin()];
  await Promise.all(origins.map((origin) => origin.close()));
  const pool = poolOf(
    origins.map((origin) => place(origin)),
    { retries: 2 },
    { clock },
  );
  expect(await codeOf(open(pool, 'Hello'))).toBe('origin_unavailable');
  expect(clock.pending).toBe(0);
});

test('retries stay a small part of the requests', async () => {
  const origins = [
    await anOrigin({ misbehave: { status: 502 } }),
    await anOrigin({ misbehave: { status: 502 } }),
  ];
  const pool = poolOf(
    origins.map((origin) => place(origin)),
    { retries: 1 },
  );
  for (let i = 0; i < 40; i++) await codeOf(open(pool, 'Hello'));
  const [one = 0, two = 0] = shares(origins);
  expect(one + two - 40).toBe(10 + 40 * 0.2);
});

test('why an origin failed is told for the log, also when a retry made good for it', async () => {
  const failures: string[] = [];
  const origins = await twoOrigins({ status: 402 });
  const pool = poolOf(
    origins.map((origin) => place(origin)),
    { retries: 1, onFailure: (url, error) => failures.push(`${url} ${(error as Error).cause}`) },
  );
  await speak(pool, 'Hello');
  expect(failures).toHaveLength(1);
  expect(failures[0]).toContain(`${origins[0].url} RefusedByOrigin: The origin answered 402: the account`);
});
