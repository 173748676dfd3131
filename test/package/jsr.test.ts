import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import jsr from '../../src/client/jsr.json' with { type: 'json' };

const root = new URL('../../', import.meta.url);

it('offers the client library to JSR as it is, with types that it need not work out', async () => {
  expect(jsr.version).toBe(packageJson.version);
  const deno = fileURLToPath(new URL('node_modules/.bin/deno', root));
  const cwd = fileURLToPath(new URL('src/client/', root));
  const { stdout, stderr } = await promisify(execFile)(deno, ['publish', '--dry-run', '--allow-dirty'], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
  });
  const said = stdout + stderr;
  expect(said).toContain('Dry run complete');
  expect(said).not.toMatch(/warning|slow types found/i);
  expect(said).toContain('/client.ts');
  expect(said).not.toMatch(/tsconfig\.json/);
}, 120_000);
