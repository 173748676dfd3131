import { afterAll, describe, expect, test } from 'vitest';
import { spawnWorker } from '../../../src/adapters/inference/spawn.ts';
import { record } from './onnx-recorder.ts';
import { joe, missing, open, readAll, realEngine, say } from './onnx-support.ts';

const long =
  'He promised to repair the garden fence, and the gate, and the roof, before the weekend came around.';
const failed = { error: { code: 'engine_failed' } };

const skipped = missing(joe);
const title = `a worker that dies${skipped ? ` (${skipped})` : ''}`;
describe.skipIf(skipped).each(['Exit.', 'Throw.'])(`${title} (%s)`, { timeout: 120_000 }, (text) => {
  const recorder = record(() => spawnWorker(new URL('./onnx-dying-worker.ts', import.meta.url)));
  const engine = realEngine({ voice: joe }, recorder.spawn);
  afterAll(() => engine.close?.());

  test('fails its jobs visibly, and the next one gets a new worker', async () => {
    const { body } = await open(engine, say(long));
    await expect(open(engine, say(text))).rejects.toMatchObject(failed);
    await expect(readAll(body)).rejects.toMatchObject(failed);
    expect(recorder.spawned()).toBe(1);

    const again = await open(engine, say('Yes.'));
    expect((await readAll(again.body)).length).toBeGreaterThan(0);
    expect(recorder.spawned()).toBe(2);
  });

  test('again and again is started less and less often', async () => {
    const codes = new Set<unknown>();
    for (let deaths = 0; deaths < 4; deaths++) {
      const error = await open(engine, say(text)).catch(
        (reason: { error: { code: string } }) => reason.error,
      );
      codes.add('code' in error ? error.code : undefined);
    }
    expect(codes).toEqual(new Set(['engine_failed', 'engine_unavailable']));
    expect(recorder.spawned()).toBeLessThan(5);
  });
});
