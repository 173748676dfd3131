import { afterEach, describe, expect, test } from 'vitest';
import { type FakeOpenai, type FakeOpenaiOptions, startFakeOpenai } from '../../fake-openai.ts';
import type { FakeOrigin } from '../../fake-origin.ts';
import { referenceAudio } from '../../reference-audio.ts';
import { anOrigin } from '../fish/fish-client.ts';
import { codeOf, held, open, place, poolOf, speak } from './pool-support.ts';

const running: FakeOpenai[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

interface Mixed {
  readonly fish: FakeOrigin;
  readonly openai: FakeOpenai;
  readonly pool: ReturnType<typeof poolOf>;
  /** How often each was asked to speak. */
  counts(): readonly [fish: number, openai: number];
}

async function mixed(
  references: readonly string[],
  options: FakeOpenaiOptions,
  openaiFirst = false,
): Promise<Mixed> {
  const [fish, openai] = [await anOrigin({ references }), await startFakeOpenai(options)];
  running.push(openai);
  const places = [place(fish), place(openai, { kind: 'openai' })];
  return {
    fish,
    openai,
    pool: poolOf(openaiFirst ? places.toReversed() : places),
    counts: () => [fish.spoken.length, openai.calls.length],
  };
}

const voices = { voices: ['nova', 'zoe'] };

describe('a pool of Fish-Speech and of OpenAI’s dialect', () => {
  test('lists the voices of both', async () => {
    const { pool } = await mixed(['anna', 'zoe'], { voices });
    expect((await pool.voices()).map(({ id }) => id)).toEqual(['default', 'anna', 'zoe', 'nova']);
  });

  test('each voice is spoken where it is, and one that is nowhere is refused', async () => {
    const { pool, counts, openai } = await mixed(['anna'], { voices });
    for (let i = 0; i < 3; i++) await speak(pool, 'Hi', { voice: 'anna' });
    expect(counts()).toEqual([3, 0]);
    for (let i = 0; i < 3; i++) await speak(pool, 'Hi', { voice: 'nova' });
    expect(counts()).toEqual([3, 3]);
    expect(openai.calls[0]?.body.voice).toBe('nova');
    expect(await codeOf(open(pool, 'Hi', { voice: 'nobody' }))).toBe('voice_not_found');
    expect(counts()).toEqual([3, 3]);
  });

  test.each([
    [false, [4, 0]],
    [true, [0, 4]],
  ])(
    'a name that both list is one voice: that of the first one (OpenAI’s first: %s)',
    async (first, expected) => {
      const { pool, counts } = await mixed(['zoe'], { voices }, first);
      await pool.voices();
      for (let i = 0; i < 4; i++) await speak(pool, 'Hi', { voice: 'zoe' });
      expect(counts()).toEqual(expected);
    },
  );

  test('voices that the operator names are had by those that were given them, and no list is asked for', async () => {
    const { fish, openai } = await mixed(['anna'], { voices });
    const pool = poolOf([
      place(fish, { voices: ['bob'] }),
      place(openai, { kind: 'openai', voices: ['carol'] }),
    ]);
    expect((await pool.voices()).map(({ id }) => id)).toEqual(['default', 'bob', 'carol']);
    await speak(pool, 'Hi', { voice: 'carol' });
    await speak(pool, 'Hi', { voice: 'bob' });
    expect(await codeOf(open(pool, 'Hi', { voice: 'anna' }))).toBe('voice_not_found');
    expect(fish.spoken.map(({ body }) => body)).toMatchObject([{ reference_id: 'bob' }]);
    expect(openai.calls.map(({ body }) => body.voice)).toEqual(['carol']);
    expect(fish.requests.map(({ path }) => path)).not.toContain('/v1/references/list');
  });

  test('one of OpenAI’s names that nobody lists, or none at all, is spoken by either', async () => {
    const { pool, fish, openai } = await mixed([], { voices });
    for (const voice of [undefined, 'default', 'alloy']) {
      const both = ['One', 'Two'].map((text) => speak(pool, `${held} ${text}`, { voice }));
      await fish.until(() => fish.queued === 1 && openai.running === 1);
      for (const { release } of [fish, openai]) release();
      await Promise.all(both);
      await fish.until(() => pool.running === 0 && openai.running === 0);
    }
    expect([fish.spoken.length, openai.calls.length]).toEqual([3, 3]);
    expect(openai.calls.map(({ body }) => body.voice)).toEqual(['nova', 'nova', 'nova']);
  });

  test('recordings of a voice go to those that imitate it, and nowhere else', async () => {
    const { pool, counts, openai } = await mixed([], { voices });
    const references = [{ audio: referenceAudio(), text: 'x' }];
    for (let i = 0; i < 3; i++) await speak(pool, 'Hi', { references });
    expect(counts()).toEqual([3, 0]);
    const alone = poolOf([place(openai, { kind: 'openai' })]);
    expect(await codeOf(open(alone, 'Hi', { references }))).toBe('not_supported');
  });

  test('the parts of a text stay where its voice was left to the server that began it', async () => {
    const { pool, counts, openai } = await mixed([], { voices }, true);
    const utteranceId = {};
    const slow = open(pool, `${held} Somebody else`);
    await openai.until(() => openai.running === 1);
    await speak(pool, 'One', { utteranceId }); // the other one is free
    expect(counts()).toEqual([1, 1]);
    openai.release();
    await (await slow).body.cancel();
    const own = { utteranceId, isContinuation: true, ownReferences: true };
    for (let i = 0; i < 3; i++)
      await speak(pool, 'More', { ...own, references: [{ audio: referenceAudio(), text: 'x' }] });
    expect(counts()).toEqual([4, 1]);
  });

  test('a voice that was named goes on where it is, though the gateway brings a recording of it', async () => {
    const { pool, openai, counts } = await mixed([], { voices });
    const utteranceId = {};
    await speak(pool, 'One', { utteranceId, voice: 'nova' });
    const references = [{ audio: referenceAudio(), text: 'x' }];
    await speak(pool, 'Two', {
      utteranceId,
      voice: 'nova',
      isContinuation: true,
      ownReferences: true,
      references,
    });
    expect(counts()).toEqual([0, 2]);
    expect(openai.calls.map(({ body }) => body.voice)).toEqual(['nova', 'nova']);
  });

  test('a text that one of OpenAI’s dialect began is not gone on with by another kind', async () => {
    const { pool, fish, openai, counts } = await mixed([], { voices });
    const slow = open(pool, `${held} Somebody else`);
    await Promise.race([fish.until(() => fish.queued === 1), openai.until(() => openai.running === 1)]);
    const utteranceId = {};
    const isFishBusy = fish.queued === 1;
    await speak(pool, 'One', { utteranceId }); // the other one is free
    for (const { release } of [fish, openai]) release();
    await (await slow).body.cancel();
    const before = counts();
    for (let i = 0; i < 3; i++) {
      const references = [{ audio: referenceAudio(), text: 'x' }];
      await speak(pool, 'More', { utteranceId, isContinuation: true, ownReferences: true, references });
    }
    const more = counts().map((count, i) => count - (before[i] ?? 0));
    expect(more).toEqual(isFishBusy ? [0, 3] : [3, 0]);
  });

  test('what is kept is told apart by voice, instructions and upstream', async () => {
    const { pool, fish, openai } = await mixed([], { voices });
    expect(pool.voiceKey({ voice: 'nova' })).not.toBe(pool.voiceKey({ voice: 'alloy' }));
    expect(pool.voiceKey({ voice: 'default' })).toBe(pool.voiceKey({ voice: undefined }));
    expect(pool.voiceKey({ voice: 'nova', instructions: 'Softly.' })).not.toBe(
      pool.voiceKey({ voice: 'nova' }),
    );
    const alone = poolOf([place(fish)]);
    expect(alone.voiceKey({ voice: 'nova', instructions: 'Softly.' })).toBe('');
    const identities = [
      pool,
      alone,
      poolOf([place(openai, { kind: 'openai' })]),
      poolOf([place(openai, { kind: 'openai', model: 'kokoro' })]),
      poolOf([place(openai, { kind: 'openai', voices: ['nova'] })]),
    ].map((pool) => pool.identity());
    expect(new Set(identities).size).toBe(identities.length);
    expect(pool.identity()).toBe(
      poolOf([place(openai, { kind: 'openai' }), place(fish, { slots: 3 })]).identity(),
    );
  });

  test('references and the codec are those of the Fish-Speech servers alone', async () => {
    const { pool, fish, openai } = await mixed(['anna'], { voices });
    expect(await pool.fish?.listReferences(new AbortController().signal)).toEqual(['anna']);
    expect(openai.paths).not.toContain('/v1/references/list');
    expect(poolOf([place(openai, { kind: 'openai' })]).fish).toBeUndefined();
    pool.setUpstreams([place(openai, { kind: 'openai' })]);
    const without = pool.fish?.listReferences(new AbortController().signal) ?? Promise.resolve();
    expect(await codeOf(without)).toBe('not_supported');
    await speak(pool, 'Hi');
    expect(fish.spoken).toHaveLength(0);
  });
});
