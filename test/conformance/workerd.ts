import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/**
 * The Workers bundle on workerd itself, without the proxy that `wrangler dev` puts in between:
 * `node test/conformance/workerd.ts [bundle [wrangler.voice.toml]]`. The FISH_ and LLM_ variables of the environment are its variables. It says where it
 * listens on stderr, logs on stdout, and ends with its process.
 */
const root: string = join(import.meta.dirname, '../..');
const binary: string = join(root, 'node_modules/.bin/workerd');

/** What the bundle is made of, in its folder: esbuild's own description. */
export const metafile = 'meta.json';

/** Seconds on a quiet machine. Nothing else runs in this process until it ends, no deadline of a test either. */
const BUILD_MS = 170_000;

/** The Worker that speaks itself. */
export const voiceConfig = 'wrangler.voice.toml';

/** Builds the bundle with wrangler, as `npm run build:workers` does, into a folder of the system's temporary ones. */
export function buildBundle(config = 'wrangler.toml'): string {
  const folder = mkdtempSync(join(tmpdir(), 'fish-edge-workers-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const output = ['--outdir', folder, '--metafile', join(folder, metafile)];
  const args = [wrangler, 'deploy', '--dry-run', '--config', config, ...output];
  const env = { ...process.env, WRANGLER_HIDE_BANNER: 'true' }; // with it wrangler asks the registry for newer ones of its kind
  const options = { cwd: root, encoding: 'utf8', env, timeout: BUILD_MS, killSignal: 'SIGKILL' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  if (status === null) throw new Error(`wrangler did not end in time:\n${stdout}${stderr}`);
  if (status !== 0) throw new Error(`wrangler cannot build the bundle:\n${stdout}${stderr}`);
  return folder;
}

/** workerd.capnp (github.com/cloudflare/workerd): the bundle, its variables, and a socket on a free port. */
function configuration(
  folder: string,
  config: string,
  variables: readonly [string, string][],
  objects: string,
): string {
  const toml = readFileSync(join(root, config), 'utf8');
  const assets = /^directory = "(.+)"/m.exec(toml)?.[1] ?? '';
  const date = /^compatibility_date = "(.+)"/m.exec(toml)?.[1];
  const flags = /^compatibility_flags = (\[.*\])/m.exec(toml)?.[1];
  const modules = readdirSync(folder)
    .filter((file) => file.endsWith('.wasm') || file === 'worker.js')
    .sort((a) => (a === 'worker.js' ? -1 : 1)) // the first module is the entry
    .map((file) => `(name = "${file}", ${file.endsWith('.wasm') ? 'wasm' : 'esModule'} = embed "${file}")`);
  const bindings = variables.map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`);
  bindings.push('(name = "ASSETS", service = "assets")');
  bindings.push('(name = "POOL", durableObjectNamespace = "Pool")');
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .edge),
    (name = "internet", network = (allow = ["public", "private", "local"])),
    (name = "assets", disk = (path = ${JSON.stringify(join(root, assets))}, writable = false)),
    (name = "objects", disk = (path = ${JSON.stringify(objects)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const edge :Workerd.Worker = (
  compatibilityDate = "${date}",
  compatibilityFlags = ${flags},
  modules = [${modules.join(', ')}],
  bindings = [${bindings.join(', ')}],
  durableObjectNamespaces = [(className = "Pool", uniqueKey = "pool", enableSql = true)],
  durableObjectStorage = (localDisk = "objects"),
);
`;
}

function main(): void {
  const config = process.argv[3] ?? 'wrangler.toml';
  const folder = process.argv[2] ?? buildBundle(config);
  const variables = Object.entries(process.env).filter(([name]) => /^(FISH|LLM)_/.test(name)) as [
    string,
    string,
  ][];
  const file = join(folder, `config-${process.pid}.capnp`);
  const objects = mkdtempSync(join(tmpdir(), 'fish-edge-objects-')); // objects in memory have no SQL
  process.on('exit', () => rmSync(objects, { recursive: true, force: true }));
  writeFileSync(file, configuration(folder, config, variables, objects));
  const inspector = process.env.WORKERD_INSPECTOR; // an address, for those who measure
  const options = ['--control-fd=3', ...(inspector ? [`--inspector-addr=${inspector}`] : [])];
  const workerd = spawn(binary, ['serve', ...options, file], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  createInterface(workerd.stdio[3] as Readable).on('line', (line) => {
    const { event, port } = JSON.parse(line) as { event: string; port: number };
    if (event === 'listen-inspector') process.stderr.write(`inspector on ws://127.0.0.1:${port}/main\n`);
    if (event === 'listen') process.stderr.write(`listens on http://127.0.0.1:${port}\n`);
  });
  workerd.on('exit', (code) => process.exit(code ?? 1));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => workerd.kill('SIGKILL'));
}

if (import.meta.main) main();
