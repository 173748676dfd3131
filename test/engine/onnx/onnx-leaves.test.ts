import { afterAll, describe, expect, test } from 'vitest';
import { spawnInference } from '../../../src/adapters/inference/spawn.ts';
import { record, windowsOf } from './onnx-recorder.ts';
import { joe, missing, open, readAll, realEngine, say } from './onnx-support.ts';

/** About 10 s of speech: 8 windows. */
const long =
  'When the storm finally passed, the fishermen went down to the harbor, checked their boats one by one, and began to repair the nets that the wind had torn during the night.';

const skipped = missing(joe);
describe.skipIf(skipped)(
  `a client of the embedded voice${skipped ? ` (${skipped})` : ''}`,
  { timeout: 120_000 },
  () => {
    const recorder = record(spawnInference);
    // Without a head start, which a slow machine would have: windows are counted.
    const engine = realEngine({ voice: joe, maxJobs: 2, headStartMs: 0 }, recorder.spawn);
    afterAll(() => engine.close?.());
    const closed = (after: number) => recorder.wait('closed', after);

    test('that leaves after the first window stops the decoding', async () => {
      const before = recorder.received.length;
      const { body } = await open(engine, say(long));
      const reader = body.getReader();
      await reader.read();
      await reader.cancel();
      expect(windowsOf(await closed(before))).toBeLessThanOrEqual(2);
    });

    test('that reads nothing costs one window', async () => {
      const before = recorder.received.length;
      const { body } = await open(engine, say(long));
      await engine.warm?.(); // the worker has answered something asked later
      await body.cancel();
      expect(windowsOf(await closed(before))).toBe(1);
    });

    test('that reads slowly is one window ahead, never more', async () => {
      const before = recorder.received.length;
      const { body } = await open(engine, say(long));
      const reader = body.getReader();
      await reader.read();
      await engine.warm?.();
      await engine.warm?.();
      await reader.cancel();
      expect(windowsOf(await closed(before))).toBe(2);
    });

    test('that leaves before the first audio gets none and frees its place', async () => {
      const left = new AbortController();
      const opening = engine.open(say(long), left.signal);
      left.abort('gone');
      await expect(opening).rejects.toThrow('The client left.');
      const { body } = await open(engine, say('Yes.'));
      expect((await readAll(body)).length).toBeGreaterThan(0);
    });

    test('whose request is aborted while it reads sees its stream break', async () => {
      const left = new AbortController();
      const { body } = await engine.open(say(long), left.signal);
      const reader = body.getReader();
      await reader.read();
      left.abort('gone');
      await expect(
        (async () => {
          while (!(await reader.read()).done);
        })(),
      ).rejects.toThrow();
    });

    test('takes turns with another one on the same worker', async () => {
      const before = recorder.received.length;
      const [one, two] = await Promise.all([open(engine, say(long)), open(engine, say(long))]);
      await expect(open(engine, say('Yes.'))).rejects.toMatchObject({ error: { code: 'overloaded' } });
      await Promise.all([readAll(one.body), readAll(two.body)]);
      const windows = recorder.received.slice(before).filter(({ kind }) => kind === 'window');
      const jobOf = new Map(recorder.sent.map((message) => [message.call, message.job]));
      const turns = windows.map(({ call }) => jobOf.get(call));
      const changes = turns.filter((job, index) => index > 0 && job !== turns[index - 1]).length;
      expect(windows.length).toBeGreaterThan(10);
      expect(changes).toBeGreaterThan(windows.length / 2);
      const { body } = await open(engine, say('Yes.'));
      expect((await readAll(body)).length).toBeGreaterThan(0);
    });
  },
);
