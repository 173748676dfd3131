import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { ask, codeOf } from './admin-client.ts';
import { type Context, lacks, type OpenaiError, startingMs } from './context.ts';

/** Keys that administrators make, change and withdraw over HTTP. */
export function addAdminKeys({ runtime, origin }: Context): void {
  describe.skipIf(lacks(runtime, 'process'))('keys made over HTTP', { timeout: startingMs }, () => {
    let folder: string;
    let file: string;
    let server: RunningServer;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'fish-edge-admin-'));
      file = join(folder, 'keys.json');
      const runtimeArgs = runtime === 'deno' ? [`--allow-read=${folder}`, `--allow-write=${folder}`] : [];
      const env = { FISH_BACKEND: origin().url, FISH_FALLBACK: 'false', FISH_KEYS_FILE: file };
      server = await startServer(runtime, { env, runtimeArgs });
    }, startingMs);
    afterAll(async () => {
      await server?.stop();
      await rm(folder, { recursive: true });
    });
    const path = '/v1/admin/keys';
    const make = async (body: object, key?: string): Promise<{ readonly key: string }> => {
      const response = await ask(server, 'POST', path, { body, key });
      expect([response.status, response.headers.get('cache-control')]).toEqual([201, 'no-store']);
      return (await response.json()) as { key: string };
    };
    const models = async (key: string | undefined): Promise<number> =>
      (await ask(server, 'GET', '/v1/usage', { key })).status;

    it('are shown once, hold at once, are changed, and are refused at once when they are withdrawn', async () => {
      expect(await models(undefined)).toBe(200);
      const { key: root } = await make({ name: 'root', admin: true });
      expect(root).toMatch(/^fe_[\w-]{43}$/);
      expect([await models(undefined), await models(root)]).toEqual([401, 200]);
      expect((await ask(server, 'GET', path)).status).toBe(401);
      expect((await stat(file)).mode & 0o077).toBe(0);
      expect(await readFile(file, 'utf8')).not.toContain(root);

      const { key: bob } = await make({ name: 'bob', rate: 500, expires: '2100-01-31' }, root);
      expect(await models(bob)).toBe(200);
      const changed = await ask(server, 'PATCH', `${path}/bob`, {
        key: root,
        body: { rate: null, characters: 1000, expires: null },
      });
      expect(await changed.json()).toMatchObject({
        name: 'bob',
        rate: null,
        characters: 1000,
        expires: null,
      });
      expect(await models(bob)).toBe(200);
      expect((await ask(server, 'DELETE', `${path}/bob`, { key: root })).status).toBe(200);
      expect(await models(bob)).toBe(401);
      expect((await ask(server, 'DELETE', `${path}/bob`, { key: root })).status).toBe(404);
      const done = (): unknown[] =>
        server.logs
          .filter(({ action }) => String(action).startsWith('admin.'))
          .map(({ action, name, by }) => [action, name, by]);
      await expect.poll(done).toEqual([
        ['admin.key.created', 'root', 'this machine'],
        ['admin.key.created', 'bob', 'root'],
        ['admin.key.changed', 'bob', 'root'],
        ['admin.key.deleted', 'bob', 'root'],
      ]);
      expect(JSON.stringify(server.logs)).not.toContain(root);

      const many = await Promise.all(
        Array.from({ length: 8 }, (_, index) => make({ name: `many-${index}` }, root)),
      );
      expect(await Promise.all(many.map(({ key }) => models(key)))).toEqual(many.map(() => 200));

      const bad: readonly (readonly [object, RegExp])[] = [
        [{}, /name is required/],
        [{ name: 'two words' }, /name must have/],
        [{ name: 'a'.repeat(65) }, /name must have/],
        [{ name: 'root' }, /There is a key root already/],
        [{ name: 'eve', rate: -1 }, /rate must be between/],
        [{ name: 'eve', rate: 1.5 }, /rate must be between/],
        [{ name: 'eve', expires: 'soon' }, /expires must be a date/],
        [{ name: 'eve', admin: 'perhaps' }, /admin must be true or false/],
      ];
      for (const [body, words] of bad) {
        const response = await ask(server, 'POST', path, { key: root, body });
        expect(response.status).toBe(400);
        expect(((await response.json()) as OpenaiError).error.message).toMatch(words);
      }
      const renamed = await ask(server, 'PATCH', `${path}/root`, { key: root, body: { name: 'boss' } });
      expect(await codeOf(renamed)).toEqual([400, 'invalid_value']);
    });
  });
}
