import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { moonshinePack } from '../../src/engine/onnx/packs/moonshine.ts';
import { temporaryFolder } from './support.ts';

const entry = join(import.meta.dirname, '../../src/cli/fish-ctl.ts');
const runtimes: Readonly<Record<string, readonly string[]>> = {
  node: [process.execPath],
  bun: ['bun'],
  deno: ['deno', 'run', '--allow-all'],
};

describe.each(Object.entries(runtimes))('on %s', (_, [command = '', ...args]) => {
  const present = spawnSync(command, ['--version']).status === 0;
  const run = (...more: string[]) => {
    const { status, stdout, stderr } = spawnSync(command, [...args, entry, ...more], {
      encoding: 'utf8',
      env: { ...process.env, FISH_DATA_DIR: '' },
    });
    return { status, stdout, stderr };
  };

  test.skipIf(!present)(
    'help and version answer with 0, what is not understood with 2',
    () => {
      expect(run('--version')).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      });
      expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('models pull') });
      expect(run('models', '--help')).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('--verify'),
      });
      expect(run()).toMatchObject({ status: 2, stdout: '' });
      expect(run('dance')).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('Unknown command: dance'),
      });
      expect(run('models', '--loud')).toMatchObject({ status: 2, stderr: expect.stringContaining('--loud') });
      expect(run('models', 'pull', 'curie')).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/no voice pack curie; there are en_US-joe-medium, kokoro/),
      });
    },
    60_000,
  );

  test.skipIf(!present)(
    'list shows what is there, and --verify what is damaged',
    () => {
      const dataDir = temporaryFolder();
      expect(run('models', 'list', '--data-dir', dataDir).stdout).toMatch(
        /^PACK.*\nen_US-joe-medium \(default\) +- /,
      );
      const folder = join(dataDir, 'packs', moonshinePack.id);
      mkdirSync(folder, { recursive: true });
      const files = Object.fromEntries(moonshinePack.files.map(({ role, ...file }) => [role, file]));
      const revision = createHash('sha256').digest('hex');
      writeFileSync(
        join(folder, 'installed.json'),
        JSON.stringify({ id: moonshinePack.id, files, prepared: 0, revision }),
      );
      for (const file of moonshinePack.files)
        writeFileSync(join(folder, file.name), new Uint8Array(file.bytes));
      const listed = run('models', 'list', '--json', '--data-dir', dataDir);
      expect(listed.status).toBe(0);
      const states = JSON.parse(listed.stdout).packs.map((pack: { state: string }) => pack.state);
      expect(states).toEqual(['-', '-', 'installed', '-']);
      const available = run('models', 'available', '--json', '--data-dir', dataDir).stdout;
      expect(JSON.parse(available).packs.map(({ id }: { id: string }) => id)).toEqual(
        JSON.parse(listed.stdout)
          .packs.filter((pack: { state: string }) => pack.state === '-')
          .map(({ id }: { id: string }) => id),
      );
      expect(run('models', 'list', '--verify', '--data-dir', dataDir)).toMatchObject({
        status: 1,
        stderr:
          'moonshine-tiny is damaged (encoder.onnx, decoder.onnx). Repair it: npm run fish-ctl -- models pull moonshine-tiny\n',
      });
      const remove = (...ids: string[]) => run('models', 'remove', ...ids, '--data-dir', dataDir);
      expect(remove('af_heart')).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/^Error: af_heart is a voice of kokoro-82m-v1.0/),
      });
      expect(remove(moonshinePack.id)).toMatchObject({
        status: 0,
        stderr: expect.stringMatching(/^moonshine-tiny: removed, \d+ MB are free again\n$/),
      });
      expect(existsSync(folder)).toBe(false);
      expect(remove(moonshinePack.id)).toMatchObject({
        status: 1,
        stderr: 'moonshine-tiny: is not installed\n',
      });
    },
    60_000,
  );
});
