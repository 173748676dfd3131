import { expect, test } from 'vitest';
import type { PcmStream } from '../../../src/core/engine.ts';
import type { UpstreamPool } from '../../../src/engine/upstream/pool.ts';
import { ClientGone } from '../../../src/stream/cancel.ts';
import type { FakeOrigin } from '../../fake-origin.ts';
import { createFakeClock, type FakeClock } from '../../stream/fake-clock.ts';
import { anOrigin, bytesOf } from '../fish/fish-client.ts';
import { codeOf, held, open, place, poolOf, speak, textsOf } from './pool-support.ts';

const busy = `${held} Busy`;

/** A pool that knows by experience that one request takes 4 s, with one that is spoken and one that waits. */
async function fillMeasured(
  pool: UpstreamPool,
  origin: FakeOrigin,
  clock: FakeClock,
): Promise<readonly [Promise<PcmStream>, Promise<PcmStream>]> {
  const measured = open(pool, busy);
  await origin.until(() => origin.queued === 1);
  clock.advance(4000); // as if it took so long
  origin.release();
  await bytesOf(await measured);
  await origin.until(() => pool.running === 0);

  const first = open(pool, busy);
  await origin.until(() => origin.spoken.length === 2 && origin.queued === 1);
  const second = open(pool, 'second');
  await origin.until(() => pool.pending === 1);
  return [first, second];
}

test('clients take turns, each in its own order', async () => {
  const origin = await anOrigin();
  const pool = poolOf([place(origin)]);
  const asks: [text: string, client: string][] = [
    ['a1', 'a'],
    ['a2', 'a'],
    ['a3', 'a'],
    ['b1', 'b'],
    ['b2', 'b'],
    ['c1', 'c'],
  ];
  const first = open(pool, busy);
  await origin.until(() => origin.queued === 1);
  const others: ReturnType<typeof open>[] = [];
  for (const [text, client] of asks) {
    others.push(open(pool, text, { client }));
    await origin.until(() => pool.pending === others.length);
  }
  origin.release();
  for (const stream of await Promise.all([first, ...others])) await bytesOf(stream);
  expect(textsOf(origin).slice(1)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('speech that is being heard goes before newcomers', async () => {
  const origin = await anOrigin();
  const pool = poolOf([place(origin)]);
  const first = open(pool, busy);
  await origin.until(() => origin.queued === 1);
  const newcomer = open(pool, 'newcomer', { client: 'a' });
  await origin.until(() => pool.pending === 1);
  const heard = open(pool, 'heard', { client: 'b', isContinuation: true });
  await origin.until(() => pool.pending === 2);
  origin.release();
  for (const stream of await Promise.all([first, newcomer, heard])) await bytesOf(stream);
  expect(textsOf(origin).slice(1)).toEqual(['heard', 'newcomer']);
});

test('a client that leaves the queue never reaches the origin', async () => {
  const origin = await anOrigin();
  const pool = poolOf([place(origin)]);
  const first = open(pool, busy);
  await origin.until(() => origin.queued === 1);
  const client = new AbortController();
  const leaving = open(pool, 'leaving', {}, client.signal);
  await origin.until(() => pool.pending === 1);
  client.abort();
  expect(pool.pending).toBe(0);
  await expect(leaving).rejects.toBeInstanceOf(ClientGone);
  origin.release();
  await bytesOf(await first);
  await speak(pool, 'last');
  expect(textsOf(origin).slice(1)).toEqual(['last']);
});

test('a client that leaves while its speech is made frees the slot, and the origin sees it go', async () => {
  const origin = await anOrigin();
  const pool = poolOf([place(origin)]);
  const client = new AbortController();
  const leaving = open(pool, busy, {}, client.signal);
  await origin.until(() => origin.queued === 1);
  client.abort();
  await expect(leaving).rejects.toBeInstanceOf(ClientGone);
  await origin.until(() => pool.running === 0 && origin.spoken[0]?.leftAt !== undefined);
  origin.release();
  expect(await speak(pool, 'next')).toBeGreaterThan(0);
});

test('a reader that leaves in the middle of its speech frees the slot', async () => {
  const origin = await anOrigin({ misbehave: { bodyBytes: 40_000_000, chunkBytes: 100_000, chunkMs: 5 } });
  const pool = poolOf([place(origin)]);
  const stream = await open(pool, 'Hello');
  expect(pool.running).toBe(1);
  await stream.body.cancel();
  await origin.until(() => pool.running === 0 && origin.spoken[0]?.leftAt !== undefined);
});

test('the queue is bounded, and what is refused says when to come back by the measured speed', async () => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const pool = poolOf([place(origin)], { maxPending: 1 }, { clock });
  const [first, second] = await fillMeasured(pool, origin, clock);
  const refused = open(pool, 'refused');
  await expect(refused).rejects.toMatchObject({ error: { code: 'overloaded', retryAfterSeconds: 12 } });
  const heard = open(pool, 'heard', { isContinuation: true }); // never for want of room
  origin.release();
  for (const stream of await Promise.all([first, second, heard])) await bytesOf(stream);
});

test('a request that by the measured speed would be too late is refused at once', async () => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const pool = poolOf([place(origin)], { deadlineMs: 10_000 }, { clock });
  const [first, second] = await fillMeasured(pool, origin, clock);
  await expect(open(pool, 'third')).rejects.toMatchObject({
    error: { code: 'overloaded', retryAfterSeconds: 12 },
  });
  origin.release();
  for (const stream of await Promise.all([first, second])) await bytesOf(stream);
});

test('who waits longer than the deadline is told so, and the time in the queue is measured', async () => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const pool = poolOf([place(origin)], { deadlineMs: 10_000 }, { clock });
  const first = open(pool, busy);
  await origin.until(() => origin.queued === 1);
  const late = open(pool, 'late');
  await origin.until(() => pool.pending === 1);
  clock.advance(5000);
  const patient = open(pool, 'patient');
  await origin.until(() => pool.pending === 2);
  clock.advance(5000);
  await expect(late).rejects.toMatchObject({ error: { code: 'timeout', stage: 'queue' } });
  origin.release();
  expect((await first).queueMs).toBe(0);
  await bytesOf(await first);
  const stream = await patient;
  expect(stream.queueMs).toBe(5000);
  await bytesOf(stream);
  await origin.until(() => clock.pending === 0);
});

test('one client that fills the queue does not shut others out', async () => {
  const origin = await anOrigin();
  const pool = poolOf([place(origin)], { maxPending: 3 });
  const first = open(pool, busy);
  await origin.until(() => origin.queued === 1);
  const greedy = ['a1', 'a2', 'a3'].map((text) => open(pool, text, { client: 'a' }));
  await origin.until(() => pool.pending === 3);
  const other = open(pool, 'b1', { client: 'b' });
  expect(await codeOf(greedy[2] ?? Promise.resolve())).toBe('overloaded');
  origin.release();
  for (const stream of await Promise.all([first, ...greedy.slice(0, 2), other])) await bytesOf(stream);
  expect(textsOf(origin).slice(1)).toEqual(['a1', 'b1', 'a2']);
});

test('a server that stops refuses who waits', async () => {
  const origin = await anOrigin();
  const pool = poolOf([place(origin)]);
  const first = open(pool, busy);
  await origin.until(() => origin.queued === 1);
  const waiting = open(pool, 'waiting');
  await origin.until(() => pool.pending === 1);
  await pool.close?.();
  expect(await codeOf(waiting)).toBe('shutting_down');
  origin.release();
  await bytesOf(await first);
});
