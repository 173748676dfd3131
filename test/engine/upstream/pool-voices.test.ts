import { expect, test } from 'vitest';
import { referenceAudio } from '../../reference-audio.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { anOrigin, bytesOf, nobodyLeaves } from '../fish/fish-client.ts';
import { codeOf, held, open, place, poolOf, shares, speak } from './pool-support.ts';

test('lists the voices of all origins, each once', async () => {
  const pool = poolOf([
    place(await anOrigin({ references: ['anna', 'both'] })),
    place(await anOrigin({ references: ['both', 'zoe'] })),
  ]);
  expect((await pool.voices()).map(({ id }) => id)).toEqual(['default', 'anna', 'both', 'zoe']);
});

test('a voice is spoken by an origin that has it, also by a retry', async () => {
  const origins = [
    await anOrigin({ references: ['anna'] }),
    await anOrigin({ references: ['zoe'] }),
    await anOrigin({ references: ['zoe'], misbehave: { status: 500 } }),
  ];
  const pool = poolOf(
    origins.map((origin) => place(origin)),
    { retries: 3 },
  );
  await pool.voices();
  for (let i = 0; i < 4; i++) await speak(pool, 'Hi', { voice: 'zoe' });
  const [anna, zoe] = shares(origins);
  expect([anna, zoe]).toEqual([0, 4]);
});

test('a voice that no list knows is refused, and no origin is asked to speak', async () => {
  const origins = [await anOrigin({ references: ['anna'] }), await anOrigin({ references: ['zoe'] })];
  const pool = poolOf(origins.map((origin) => place(origin)));
  await expect(open(pool, 'Hi', { voice: 'nobody' })).rejects.toMatchObject({
    error: { code: 'voice_not_found', voice: 'nobody' },
  });
  expect(shares(origins)).toEqual([0, 0]);
});

test('a name that is too long for any origin is refused, also where none can tell its voices', async () => {
  const origin = await anOrigin({ version: '1.5.1' });
  const pool = poolOf([place(origin)]);
  const asked = (voice: string): Promise<string> => codeOf(open(pool, 'Hi', { voice }));
  for (const voice of ['声'.repeat(200), 'x'.repeat(256), '../x', 'a\0b']) {
    expect(await asked(voice)).toBe('voice_not_found');
  }
  expect(origin.requests).toHaveLength(0);
  expect(await speak(pool, 'Hi', { voice: '声'.repeat(85) })).toBeGreaterThan(0);
});

test('a voice that the lists lack may be on an origin that gives no list', async () => {
  const [listed, silent] = [await anOrigin({ references: ['anna'] }), await anOrigin()];
  const pool = poolOf([place(listed), place({ url: `${silent.url}/nowhere` })]);
  expect(await codeOf(open(pool, 'Hi', { voice: 'nobody' }))).toBe('origin_unavailable'); // it was asked: no such route
  expect(listed.spoken).toHaveLength(0);
  expect(silent.requests.some(({ path }) => path === '/nowhere/v1/tts')).toBe(true);
});

test('an origin that is speaking does not keep others waiting for its list', async () => {
  const clock = createFakeClock(); // stands still: nothing may wait for it
  const [busy, free] = [await anOrigin({ references: ['anna'] }), await anOrigin({ references: ['anna'] })];
  const pool = poolOf([place(busy)], {}, { clock });
  const speaking = open(pool, `${held} Hello`);
  await busy.until(() => busy.queued === 1);
  pool.setUpstreams([place(busy), place(free)]);
  const first = open(pool, 'Hi', { voice: 'anna' });
  await free.until(() => free.requests.length === 1);
  clock.advance(1000); // nobody's list was known
  await bytesOf(await first);
  await bytesOf(await open(pool, 'Hi', { voice: 'anna' }));
  expect(free.spoken).toHaveLength(2);
  busy.release();
  await bytesOf(await speaking);
});

test('a reference that is added through the pool can be spoken at once, on every origin', async () => {
  const origins = [await anOrigin(), await anOrigin()];
  const changed: string[] = [];
  const pool = poolOf(
    origins.map((origin) => place(origin)),
    { onReferenceChanged: (id) => void changed.push(id) },
  );
  expect(await codeOf(open(pool, 'Hi', { voice: 'new' }))).toBe('voice_not_found');
  await pool.fish?.addReference({ id: 'new', audio: referenceAudio(), text: 'Hello.' }, nobodyLeaves());
  expect(origins.map(({ references }) => references.has('new'))).toEqual([true, true]);
  expect(changed).toEqual(['new']);
  expect(await speak(pool, 'Hi', { voice: 'new' })).toBeGreaterThan(0);
});

test('the pool is healthy while one origin is, and says why when none is', async () => {
  const [one, two] = [await anOrigin(), await anOrigin()];
  const clock = createFakeClock();
  const pool = poolOf([place(one), place(two)], {}, { clock });
  const ask = (): unknown => pool.health?.(nobodyLeaves());
  expect(await ask()).toMatchObject({ healthy: true, latencyMs: 0 });
  await one.close();
  clock.advance(1000);
  expect(await ask()).toMatchObject({ healthy: true });
  await two.close();
  expect(await ask()).toMatchObject({ healthy: true }); // of this very second
  clock.advance(1000);
  expect(await ask()).toMatchObject({ healthy: false, error: 'unreachable' });
  expect(await poolOf([]).health?.(nobodyLeaves())).toMatchObject({ healthy: false, error: 'unreachable' });
});
