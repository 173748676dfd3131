import { expect, test } from 'vitest';
import type { Misbehaviour } from '../../fake-origin/misbehave.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { anOrigin, bytesOf } from '../fish/fish-client.ts';
import { codeOf, open, place, poolOf, shares, speak } from './pool-support.ts';

test('an origin that asks for a rest gets it; others speak meanwhile', async () => {
  const clock = createFakeClock();
  const misbehave: Misbehaviour = { status: 503, retryAfter: '30' };
  const [tired, other] = [await anOrigin({ misbehave }), await anOrigin()];
  const pool = poolOf([place(tired), place(other)], { retries: 1 }, { clock });
  await speak(pool, 'a');
  delete misbehave.status;
  await speak(pool, 'b');
  clock.advance(29_000);
  await speak(pool, 'c');
  expect(shares([tired, other])).toEqual([1, 3]);
  clock.advance(1000);
  await speak(pool, 'd');
  expect(shares([tired, other])).toEqual([2, 3]);
});

test('the only origin’s short rest is waited for, by newcomers too', async () => {
  const clock = createFakeClock();
  const misbehave: Misbehaviour = { status: 429, retryAfter: '3' };
  const origin = await anOrigin({ misbehave });
  const pool = poolOf([place(origin)], { retries: 1 }, { clock });
  const first = open(pool, 'first');
  await origin.until(() => origin.spoken.length === 1 && clock.pending === 1); // the pause before the retry
  delete misbehave.status;
  clock.advance(100);
  await origin.until(() => pool.pending === 1);
  const second = open(pool, 'second');
  await origin.until(() => pool.pending === 2);
  expect(origin.spoken).toHaveLength(1);
  clock.advance(3000);
  for (const stream of await Promise.all([first, second])) await bytesOf(stream);
  expect(origin.spoken).toHaveLength(3);
});

test('when all rest for long, clients are told how long', async () => {
  const clock = createFakeClock();
  const places = [
    place(await anOrigin({ misbehave: { status: 503, retryAfter: '40' } })),
    place(await anOrigin({ misbehave: { status: 503, retryAfter: '20' } })),
  ];
  const pool = poolOf(places, { retries: 1 }, { clock });
  expect(await codeOf(open(pool, 'a'))).toBe('overloaded');
  clock.advance(5000);
  await expect(open(pool, 'b')).rejects.toMatchObject({
    error: { code: 'overloaded', retryAfterSeconds: 15 },
  });
  expect(clock.pending).toBe(0);
});
