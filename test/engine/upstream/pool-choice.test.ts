import { expect, test } from 'vitest';
import { referenceAudio } from '../../reference-audio.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { anOrigin, bytesOf } from '../fish/fish-client.ts';
import { codeOf, held, open, place, poolOf, shares, speak, textsOf } from './pool-support.ts';

const slow = `${held} Hello`;

test('requests go where most slots are free', async () => {
  const origins = [await anOrigin(), await anOrigin()];
  const [first, second] = origins;
  if (!first || !second) throw new Error();
  const pool = poolOf([place(first, { slots: 3 }), place(second)]);
  const all = [1, 2, 3, 4].map(() => open(pool, slow));
  await first.until(() => first.spoken.length + second.spoken.length === 4);
  expect(shares(origins)).toEqual([3, 1]);
  expect(pool).toMatchObject({ running: 4, pending: 0 });
  const areOver = (): boolean => {
    for (const { release } of origins) release(); // an origin begins a job when the one before is over
    return pool.running === 0;
  };
  await first.until(areOver);
  for (const stream of await Promise.all(all)) await bytesOf(stream);
});

test('an origin never gets more than its slots: the next text waits for the last byte of the one before', async () => {
  const origin = await anOrigin({ misbehave: { chunkBytes: 5000, heldAfterBytes: 10_000 } });
  const pool = poolOf([place(origin)]);
  const a = await open(pool, 'a');
  const b = open(pool, 'b');
  await origin.until(() => pool.running === 1 && pool.pending === 1);
  origin.release();
  await bytesOf(a);
  const next = await b;
  origin.release();
  await bytesOf(next);
  const [one, two] = origin.spoken;
  expect(two?.at).toBeGreaterThan(one?.doneAt ?? Infinity);
});

test('a client that listens slowly does not hold the slot of an origin that is done', async () => {
  const origin = await anOrigin();
  const pool = poolOf([place(origin)]);
  const unread = await open(pool, 'one two three');
  const next = await open(pool, 'four');
  expect(textsOf(origin)).toEqual(['one two three', 'four']);
  expect((await bytesOf(unread)).length).toBe(79_380);
  await bytesOf(next);
  await origin.until(() => pool.running === 0);
});

test('a voice stays with its origin while that is as free as the others, and voices are spread', async () => {
  const references = Array.from({ length: 24 }, (_, i) => `voice-${i}`);
  const origins = await Promise.all([1, 2, 3].map(() => anOrigin({ references, secondsPerWord: 0.01 })));
  const pool = poolOf(origins.map((origin) => place(origin)));
  const homes = async (): Promise<number[]> => {
    const found: number[] = [];
    for (const voice of references) {
      const before = shares(origins);
      await speak(pool, 'Hi', { voice });
      found.push(shares(origins).findIndex((count, i) => count !== before[i]));
    }
    return found;
  };
  await pool.voices(); // lists are known
  const first = await homes();
  expect(new Set(first).size).toBe(3);
  expect(await homes()).toEqual(first);
  pool.setUpstreams(origins.slice(0, 2).map((origin) => place(origin)));
  const fewer = await homes();
  expect(fewer.filter((home, i) => first[i] !== 2 && home !== first[i])).toEqual([]); // nobody else moved
});

test('inline references stay together as voices do', async () => {
  const origins = await Promise.all([1, 2, 3, 4].map(() => anOrigin({ secondsPerWord: 0.01 })));
  const pool = poolOf(origins.map((origin) => place(origin)));
  const references = [{ audio: referenceAudio(0.1), text: 'Sample.' }];
  for (let i = 0; i < 6; i++) await speak(pool, 'Hi', { references });
  expect(shares(origins).sort()).toEqual([0, 0, 0, 6]);
});

test('without a voice the weights decide among equally free origins', async () => {
  const origins = [await anOrigin({ secondsPerWord: 0.01 }), await anOrigin({ secondsPerWord: 0.01 })];
  const [heavy, light] = origins;
  if (!heavy || !light) throw new Error();
  let seed = 1;
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647; // Park and Miller's generator: the same numbers every time
    return seed / 2_147_483_647;
  };
  const pool = poolOf([place(heavy, { weight: 3 }), place(light)], { random });
  for (let i = 0; i < 60; i++) await speak(pool, 'Hi');
  const [many = 0, few = 0] = shares(origins);
  expect(many + few).toBe(60);
  expect(many).toBeGreaterThan(34);
  expect(few).toBeGreaterThan(5);
});

test('origins come, drain and go while speech runs', async () => {
  const [old, fresh] = [await anOrigin(), await anOrigin()];
  const pool = poolOf([place(old)]);
  const running = open(pool, slow);
  await old.until(() => old.queued === 1);
  pool.setUpstreams([place(old, { drain: true }), place(fresh)]);
  await speak(pool, 'Hi');
  pool.setUpstreams([place(fresh)]);
  await speak(pool, 'Hi');
  old.release();
  expect((await bytesOf(await running)).length).toBeGreaterThan(0);
  expect(shares([old, fresh])).toEqual([1, 2]);
  await old.until(() => pool.running === 0);
});

test('an origin that still works for a client that left is not the first choice', async () => {
  const clock = createFakeClock();
  const origins = [await anOrigin(), await anOrigin()];
  const [first, second] = origins;
  if (!first || !second) throw new Error();
  const pool = poolOf([place(first), place(second)], {}, { clock });
  const measured = open(pool, slow);
  await first.until(() => first.queued === 1);
  clock.advance(4000); // so long a request takes
  first.release();
  await bytesOf(await measured);
  await first.until(() => pool.running === 0);
  const client = new AbortController();
  const leaving = open(pool, slow, {}, client.signal);
  await first.until(() => first.queued === 1);
  client.abort();
  expect(await codeOf(leaving)).toBe('ClientGone');
  await speak(pool, 'Hi');
  expect(shares(origins)).toEqual([2, 1]);
  first.release();
  clock.advance(4000);
  await speak(pool, 'Hi');
  expect(shares(origins)).toEqual([3, 1]);
});

test('those who wait go to an origin that is added', async () => {
  const [busy, fresh] = [await anOrigin(), await anOrigin()];
  const pool = poolOf([place(busy)]);
  const running = open(pool, slow);
  await busy.until(() => busy.queued === 1);
  const waiting = open(pool, 'Hi');
  pool.setUpstreams([place(busy), place(fresh)]);
  await bytesOf(await waiting);
  expect(textsOf(fresh)).toEqual(['Hi']);
  busy.release();
  await bytesOf(await running);
});

test('without any origin that may be used the answer comes at once', async () => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const pool = poolOf([], {}, { clock });
  expect(await codeOf(open(pool, 'Hi'))).toBe('origin_unavailable');
  pool.setUpstreams([place(origin, { drain: true })]);
  expect(await codeOf(open(pool, 'Hi', { voice: 'anna' }))).toBe('origin_unavailable');
  expect(clock.pending).toBe(0);
});
