import { expect, test } from 'vitest';
import type { FishApi } from '../../../src/core/engine.ts';
import { combineFishApis } from '../../../src/engine/fish/combined-api.ts';
import type { FakeOrigin } from '../../fake-origin.ts';
import { referenceAudio } from '../../reference-audio.ts';
import { anOrigin, fishApi, nobodyLeaves } from './fish-client.ts';

const audio = referenceAudio();

interface Pool {
  readonly origins: readonly FakeOrigin[];
  readonly api: FishApi;
  readonly changed: string[];
  /** Ids on each origin. */
  ids(): string[][];
}

/** One origin for each list of reference ids. */
async function aPool(...references: string[][]): Promise<Pool> {
  const origins = await Promise.all(references.map((ids) => anOrigin({ references: ids })));
  const apis = origins.map(({ url }) => fishApi({ url }));
  const changed: string[] = [];
  return {
    origins,
    api: combineFishApis(apis, (id) => void changed.push(id)),
    changed,
    ids: () => origins.map((origin) => [...origin.references.keys()].sort()),
  };
}

const add = (api: FishApi, id: string): Promise<void> =>
  api.addReference({ id, audio, text: 'Hi' }, nobodyLeaves());

test('changes reach every origin', async () => {
  const pool = await aPool([], []);
  await add(pool.api, 'anna');
  expect(pool.ids()).toEqual([['anna'], ['anna']]);
  await pool.api.renameReference('anna', 'zoe', nobodyLeaves());
  expect(pool.ids()).toEqual([['zoe'], ['zoe']]);
  await pool.api.deleteReference('zoe', nobodyLeaves());
  expect(pool.ids()).toEqual([[], []]);
  expect(pool.changed).toEqual(['anna', 'anna', 'zoe', 'zoe']);
});

test('the list is the union of those that answer', async () => {
  const pool = await aPool(['zoe', 'anna'], ['bert', 'anna'], ['carl']);
  expect(await pool.api.listReferences(nobodyLeaves())).toEqual(['anna', 'bert', 'carl', 'zoe']);
  await pool.origins[2]?.close();
  expect(await pool.api.listReferences(nobodyLeaves())).toEqual(['anna', 'bert', 'zoe']);
});

test('no list at all is an error, not an empty list', async () => {
  const pool = await aPool(['anna'], ['anna']);
  for (const origin of pool.origins) origin.trouble = { status: 500 };
  await expect(pool.api.listReferences(nobodyLeaves())).rejects.toMatchObject({
    error: { code: 'origin_unavailable' },
  });
});

test('a voice that one origin has already is added to none', async () => {
  const pool = await aPool([], ['anna'], []);
  await expect(add(pool.api, 'anna')).rejects.toMatchObject({ error: { code: 'reference_exists' } });
  expect(pool.ids()).toEqual([[], ['anna'], []]);
});

test('a voice that one origin cannot take is added to none', async () => {
  const pool = await aPool([], []);
  if (pool.origins[1]) pool.origins[1].trouble = { dies: true };
  await expect(add(pool.api, 'anna')).rejects.toMatchObject({ error: { code: 'origin_unavailable' } });
  expect(pool.ids()).toEqual([[], []]);
  expect(pool.changed).toEqual(['anna']);
});

test('a voice is deleted wherever it is, and missing only when it is nowhere', async () => {
  const pool = await aPool(['anna'], []);
  await pool.api.deleteReference('anna', nobodyLeaves());
  expect(pool.ids()).toEqual([[], []]);
  const again = pool.api.deleteReference('anna', nobodyLeaves());
  await expect(again).rejects.toMatchObject({ error: { code: 'reference_not_found', id: 'anna' } });
  expect(pool.changed).toEqual(['anna']);
});

test('a deletion that one origin missed is told as such, and repeating it mends it', async () => {
  const pool = await aPool(['anna'], ['anna']);
  if (pool.origins[1]) pool.origins[1].trouble = { dies: true };
  await expect(pool.api.deleteReference('anna', nobodyLeaves())).rejects.toMatchObject({
    error: { code: 'engine_unavailable', message: expect.stringContaining('on some origins only') },
  });
  if (pool.origins[1]) pool.origins[1].trouble = {};
  await pool.api.deleteReference('anna', nobodyLeaves());
  expect(pool.ids()).toEqual([[], []]);
});

test('a name that is taken on one origin is given back on the others', async () => {
  const pool = await aPool(['anna'], ['anna', 'zoe'], []);
  await expect(pool.api.renameReference('anna', 'zoe', nobodyLeaves())).rejects.toMatchObject({
    error: { code: 'reference_exists', id: 'zoe' },
  });
  expect(pool.ids()).toEqual([['anna'], ['anna', 'zoe'], []]);
});

test('any origin encodes; another does while one cannot', async () => {
  const pool = await aPool([], []);
  const encode = (): Promise<number[][][]> => pool.api.encode([audio], nobodyLeaves());
  await encode();
  await encode();
  expect(pool.origins.map(({ requests }) => requests.length)).toEqual([1, 1]);
  if (pool.origins[0]) pool.origins[0].trouble = { dies: true };
  await encode();
  await encode();
  if (pool.origins[1]) pool.origins[1].trouble = { status: 400 };
  await expect(encode()).rejects.toMatchObject({ error: { code: 'invalid_value' } });
});
