import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';

const root: string = join(import.meta.dirname, '../..');

const compatibilityDate = '2026-11-01';

/** What the codecs make on workerd: `golden-worker.ts`, built by wrangler as the server is, but without its bindings. */
export async function hashOnWorkerd(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'fish-edge-golden-'));
  try {
    const configuration = join(folder, 'wrangler.json');
    const main = join(import.meta.dirname, 'golden-worker.ts');
    const build = { command: 'npm run --silent build:codecs', cwd: root };
    writeFileSync(
      configuration,
      JSON.stringify({ name: 'golden', main, compatibility_date: compatibilityDate, build }),
    );
    const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
    const args = [wrangler, 'deploy', '--config', configuration, '--dry-run', '--outdir', folder];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`wrangler cannot build the bundle:\n${stdout}${stderr}`);
    return await ask(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ask(folder: string): Promise<unknown> {
  const wasm = readdirSync(folder).filter((file) => file.endsWith('.wasm'));
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      modulesRoot: folder,
      modules: [
        { type: 'ESModule', path: join(folder, 'golden-worker.js') },
        ...wasm.map((file) => ({ type: 'CompiledWasm' as const, path: join(folder, file) })),
      ],
      compatibilityDate,
    }),
  );
  try {
    return await (await worker.dispatchFetch('http://worker/')).json();
  } finally {
    await worker.dispose();
  }
}
