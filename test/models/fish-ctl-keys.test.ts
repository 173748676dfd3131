import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashKey } from '../../src/services/keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'fish-edge-keys-'));
const file = join(folder, 'keys.json');

function keys(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['src/cli/fish-ctl.ts', 'keys', ...args],
      { env: { ...process.env, FISH_KEYS_FILE: file } },
      (_, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

describe('fish-ctl keys', () => {
  it('makes a key, prints it alone, keeps only its hash, and deletes it', async () => {
    const made = await keys('create', 'ada', '--rate', '5', '--expires', '2030-01-31');
    expect([made.code, made.out]).toEqual([0, expect.stringMatching(/^fe_[\w-]{43}\n$/)]);
    const kept = readFileSync(file, 'utf8');
    expect(kept).not.toContain(made.out.trim());
    expect(kept).toContain(await hashKey(made.out.trim()));
    expect(statSync(file).mode & 0o077).toBe(0);

    const again = await keys('create', 'ada');
    expect([again.code, again.err]).toEqual([1, 'There is a key ada already.\n']);
    expect((await keys('list')).out).toMatch(
      /^ada +20\d\d-\d\d-\d\d {2}5 requests\/min {2}until 2030-01-31\n$/,
    );
    expect(JSON.parse((await keys('list', '--json')).out)).toMatchObject([{ name: 'ada', rate: 5 }]);
    expect((await keys('delete', 'ada')).code).toBe(0);
    expect((await keys('delete', 'ada')).code).toBe(1);
  });

  it('makes a key that may change what all keys share', async () => {
    await keys('create', 'root', '--admin');
    expect((await keys('list')).out).toMatch(/^root +20\d\d-\d\d-\d\d {2}admin$/m);
    expect(JSON.parse((await keys('list', '--json')).out)).toMatchObject([{ name: 'root', admin: true }]);
    await keys('delete', 'root');
  });

  it.each([[['create']], [['create', 'a', '--rate', 'many']], [['frob', 'x']], [['list', '--unknown']]])(
    'tells how it is used when called as %s',
    async (args) => {
      const { code, err } = await keys(...args);
      expect([code, err]).toEqual([2, expect.stringContaining('Usage: fish-ctl keys create NAME')]);
    },
  );

  it('refuses names that no log should hold', async () => {
    const { code, err } = await keys('create', 'two words');
    expect([code, err]).toEqual([1, expect.stringContaining('a name has 1 to 64')]);
  });

  it('keeps all of ten keys that are made at once, and those that were there', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `one-of-ten-${i}`);
    const made = await Promise.all(names.map((name) => keys('create', name)));
    expect(made.map(({ code, err }) => (code === 0 ? 0 : err))).toEqual(names.map(() => 0));
    const listed = JSON.parse((await keys('list', '--json')).out) as { name: string }[];
    expect(listed.map(({ name }) => name).sort()).toEqual(expect.arrayContaining(names));
    expect(readdirSync(folder)).toEqual(['keys.json']);
  }, 90_000);

  it('is for its owner alone, its folder too', async () => {
    const inside = join(folder, 'made', 'here', 'keys.json');
    expect((await keys('create', 'ada', '--keys-file', inside)).code).toBe(0);
    expect([statSync(inside).mode & 0o777, statSync(dirname(inside)).mode & 0o777]).toEqual([0o600, 0o700]);
    rmSync(join(folder, 'made'), { recursive: true });
  });
});
