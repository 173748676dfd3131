import { expect, test } from 'vitest';
import type { Misbehaviour } from '../../fake-origin/misbehave.ts';
import type { FakeOrigin } from '../../fake-origin.ts';
import { createFakeClock, type FakeClock } from '../../stream/fake-clock.ts';
import { anOrigin, bytesOf, nobodyLeaves } from '../fish/fish-client.ts';
import { codeOf, held, open, place, poolOf, shares, speak } from './pool-support.ts';

const breaker = { failures: 3, pauseMs: 10_000 };

interface Shut {
  readonly origin: FakeOrigin;
  readonly clock: FakeClock;
  readonly misbehave: Misbehaviour;
  readonly pool: ReturnType<typeof poolOf>;
}

/** A pool of one origin that has failed as often as it may. */
async function shutPool(slots = 1): Promise<Shut> {
  const clock = createFakeClock();
  const misbehave: Misbehaviour = { status: 502 };
  const origin = await anOrigin({ misbehave });
  const pool = poolOf([place(origin, { slots })], { breaker }, { clock });
  for (let i = 0; i < 3; i++) expect(await codeOf(open(pool, 'Hello'))).toBe('origin_unavailable');
  expect(origin.spoken).toHaveLength(3);
  return { origin, clock, misbehave, pool };
}

test('failures in a row shut an origin: it gets nothing more, and clients are told at once', async () => {
  const { origin, pool, clock } = await shutPool();
  expect(await codeOf(open(pool, 'Hello'))).toBe('origin_unavailable');
  expect(origin.spoken).toHaveLength(3);
  expect(clock.pending).toBe(0);
});

test('after the pause one request tries it, and audio opens it for all', async () => {
  const { origin, pool, clock, misbehave } = await shutPool(4);
  delete misbehave.status;
  misbehave.silentAfterBytes = 20_000; // audio comes, but no end of it
  clock.advance(10_000);
  const trial = open(pool, `${held} trial`);
  await origin.until(() => origin.queued === 1);
  expect(await codeOf(open(pool, 'meanwhile'))).toBe('origin_unavailable');
  origin.release();
  const stream = await trial;
  delete misbehave.silentAfterBytes;
  const after = [open(pool, 'a'), open(pool, 'b')];
  for (const each of after) await bytesOf(await each);
  expect(origin.spoken).toHaveLength(6);
  await stream.body.cancel();
});

test('a trial that fails shuts it again', async () => {
  const { origin, pool, clock } = await shutPool();
  clock.advance(10_000);
  expect(await codeOf(open(pool, 'trial'))).toBe('origin_unavailable');
  expect(origin.spoken).toHaveLength(4);
  clock.advance(9_999);
  expect(await codeOf(open(pool, 'too early'))).toBe('origin_unavailable');
  expect(origin.spoken).toHaveLength(4);
});

test('a trial whose client leaves is nobody’s fault: the next request tries', async () => {
  const { origin, pool, clock, misbehave } = await shutPool();
  delete misbehave.status;
  clock.advance(10_000);
  const client = new AbortController();
  const trial = open(pool, `${held} trial`, {}, client.signal);
  await origin.until(() => origin.queued === 1);
  client.abort();
  origin.release();
  await codeOf(trial);
  await origin.until(() => pool.running === 0);
  expect(await speak(pool, 'next')).toBeGreaterThan(0);
});

test('another origin speaks for the one that is shut', async () => {
  const [bad, good] = [await anOrigin({ misbehave: { status: 502 } }), await anOrigin()];
  const pool = poolOf([place(bad), place(good)], { breaker, retries: 1 }, { clock: createFakeClock() });
  for (let i = 0; i < 6; i++) await speak(pool, 'Hello');
  expect(shares([bad, good])).toEqual([3, 6]);
});

test('speech that breaks in the middle counts, speech that ends well begins anew', async () => {
  const misbehave: Misbehaviour = {};
  const origin = await anOrigin({ misbehave });
  const pool = poolOf([place(origin)], { breaker }, { clock: createFakeClock() });
  let broken = 0;
  const breakOff = async (): Promise<void> => {
    misbehave.dieAfterBytes = 4000;
    const client = `client ${broken++}`; // of one client's, and one text's, all may be their own fault
    await codeOf(open(pool, `Hello ${client}`, { client }).then(bytesOf));
    await origin.until(() => pool.running === 0);
    delete misbehave.dieAfterBytes;
  };
  await breakOff();
  await breakOff();
  await speak(pool, 'Hello');
  await origin.until(() => pool.running === 0);
  await breakOff();
  await breakOff();
  await breakOff();
  expect(origin.spoken).toHaveLength(6);
  expect(await codeOf(open(pool, 'Hello'))).toBe('origin_unavailable');
  expect(origin.spoken).toHaveLength(6);
});

test.each([400, 413, 422])('a request that the origin refuses with %i does not count', async (status) => {
  const origin = await anOrigin();
  const pool = poolOf([place(origin)], { breaker }, { clock: createFakeClock() });
  for (let i = 0; i < 5; i++) await codeOf(open(pool, `[[status=${status}]] Hello`));
  expect(await speak(pool, 'Hello')).toBeGreaterThan(0);
});

test('a request that was tried again counts once', async () => {
  const origin = await anOrigin();
  const pool = poolOf([place(origin)], { breaker, retries: 2 });
  expect(await codeOf(open(pool, '[[status=502]] Hello'))).toBe('origin_unavailable');
  expect(origin.spoken).toHaveLength(3);
  expect(await speak(pool, 'Hello')).toBeGreaterThan(0);
});

test('an origin that speaks does not answer its health check; that never shuts it', async () => {
  const clock = createFakeClock();
  const origin = await anOrigin();
  const pool = poolOf([place(origin)], { breaker: { failures: 1, pauseMs: 10_000 } }, { clock });
  const speaking = open(pool, `${held} Hello`);
  await origin.until(() => origin.queued === 1);
  for (let probes = 1; probes <= 3; probes++) {
    const health = pool.health?.(nobodyLeaves());
    const asked = (): number => origin.requests.filter(({ path }) => path === '/v1/health').length;
    await origin.until(() => asked() === probes);
    clock.advance(2000);
    expect(await health).toMatchObject({ healthy: true });
    clock.advance(1000);
  }
  origin.release();
  await bytesOf(await speaking);
  expect(await speak(pool, 'Hello')).toBeGreaterThan(0);
});
