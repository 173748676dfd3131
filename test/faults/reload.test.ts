import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasRuntime, type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { startFakeOpenai } from '../fake-openai.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { ask } from './ask.ts';

const runtimes: readonly Runtime[] = ['node', 'bun', 'deno'];
/** Where Deno may read as well. */
const cache = join(import.meta.dirname, '../../node_modules/.cache');
mkdirSync(cache, { recursive: true });
/** Speech that stands still in its middle. */
const slow = '[[chunkBytes=4000]] [[heldAfterBytes=40000]] [[bodyBytes=80000]]';

/** SIGHUP reads the settings again: origins come and go while speech runs. */
describe.each(runtimes)('%s on SIGHUP', (runtime) => {
  describe.skipIf(!hasRuntime(runtime))('(skipped without it)', () => {
    const folder = mkdtempSync(join(cache, 'fish-edge-reload-'));
    const file = join(folder, 'config.yaml');
    let one: FakeOrigin;
    let two: FakeOrigin;
    let server: RunningServer;
    const write = (...origins: readonly object[]): void => {
      writeFileSync(file, JSON.stringify({ fish: { origins } }));
    };
    const linesOf = (message: string): Record<string, unknown>[] =>
      server.logs.filter((line) => line.message === message);
    const reload = async (message = 'settings read again'): Promise<void> => {
      const before = linesOf(message).length;
      server.signal('SIGHUP');
      await expect.poll(() => linesOf(message).length).toBe(before + 1);
    };
    const shares = (): [number, number] => [one.spoken.length, two.spoken.length];
    beforeAll(async () => {
      [one, two] = [await startFakeOrigin(), await startFakeOrigin()];
      write({ url: one.url });
      const args = ['--config', file];
      server = await startServer(runtime, { args, env: { FISH_FALLBACK: 'false', FISH_CACHE: 'off' } });
    });
    afterAll(async () => {
      await server?.stop();
      await Promise.all([one?.close(), two?.close()]);
      rmSync(folder, { recursive: true, force: true });
    });
    beforeEach(async () => {
      write({ url: one.url });
      await reload();
    });

    it('an origin that is added takes who waits', async () => {
      const before = shares();
      const busy = ask(server.url, `${slow} Busy.`);
      await one.until(() => one.queued === 1);
      const waiting = ask(server.url, 'Waiting.');
      write({ url: one.url }, { url: two.url });
      await reload();
      expect(await waiting).toMatchObject({ status: 200, broken: false });
      one.release();
      expect(await busy).toMatchObject({ status: 200, broken: false, bytes: 80_044 });
      expect(shares()).toEqual([before[0] + 1, before[1] + 1]);
    });

    it.each([
      ['removed', (): object[] => [{ url: two.url }]],
      ['drained', (): object[] => [{ url: one.url, drain: true }, { url: two.url }]],
    ])('an origin that is %s finishes what it speaks', async (_, origins) => {
      const before = shares();
      const speaking = ask(server.url, `${slow} To the end.`);
      await one.until(() => one.queued === 1);
      write(...origins());
      await reload();
      expect((await ask(server.url, 'Next.')).status).toBe(200);
      one.release();
      expect(await speaking).toMatchObject({ status: 200, broken: false, bytes: 80_044 });
      expect(shares()).toEqual([before[0] + 1, before[1] + 1]);
    });

    it('an upstream of another kind takes the place of an origin', async () => {
      const openai = await startFakeOpenai();
      try {
        const before = shares();
        writeFileSync(file, JSON.stringify({ upstreams: [{ kind: 'openai', url: openai.url }] }));
        await reload();
        expect(await ask(server.url, 'Who speaks now?')).toMatchObject({ status: 200, engine: 'openai' });
        expect(shares()).toEqual(before);
      } finally {
        await openai.close();
      }
    });

    it.each([
      ['of a kind that does not exist', 'upstreams: [{kind: azure, url: "http://a"}]', /kind must be one of/],
      ['no YAML', '{', /config\.yaml/],
      [
        'wrong in two places',
        'fish: {origins: [{url: nowhere}], retries: many}',
        /origins.*retries|retries.*origins/,
      ],
      ['without any origin', 'fish: {origins: []}', /restart/],
    ])('settings that are %s are one line in the log and change nothing', async (_, text, named) => {
      writeFileSync(file, text);
      await reload('settings are wrong and were left as they are');
      const { problem } = linesOf('settings are wrong and were left as they are').at(-1) ?? {};
      expect(String(problem)).toMatch(named);
      const before = shares();
      expect((await ask(server.url, 'As before.')).status).toBe(200);
      expect(shares()).toEqual([before[0] + 1, before[1]]);
    });
  });
});
