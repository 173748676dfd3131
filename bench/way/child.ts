/**
 * Answers requests in this process under coverage, and prints what ran as a `WayReport`: run by run.ts, argv[2] is a
 * `WayTask`. The first request also runs what is loaded and compiled for it; the last one is one of many.
 */
import { request } from 'node:http';
import { Session } from 'node:inspector/promises';
import { homedir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { countLayers } from './layers.ts';

export interface WayTask {
  readonly env: Readonly<Record<string, string>>;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Bodies, one a request; the first and the last one are measured. */
  readonly bodies: readonly object[];
}

export interface Way {
  /** By file of `src`, how many of its functions ran. */
  readonly functions: Readonly<Record<string, number>>;
  /** By the file that made them, the streams through which audio passed. */
  readonly layers: Readonly<Record<string, number>>;
}

export interface WayReport {
  readonly first: Way;
  readonly last: Way;
}

const sourceUrl = new URL('../../src/', import.meta.url).href;
/** What a request leaves behind ends within it. */
const settleMs = 300;

async function measure({ env, path, headers, bodies }: WayTask): Promise<WayReport> {
  const layersOf = countLayers(sourceUrl); // before anything of the server is loaded
  const port = await serve(env);
  const session = new Session();
  session.connect();
  const functionsOf = async (): Promise<Way['functions']> => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const found: Record<string, number> = {};
    for (const { url, functions } of result) {
      if (!url.startsWith(sourceUrl)) continue;
      const ran = functions.filter(({ ranges: [whole] }) => {
        const isModule = whole?.startOffset === 0; // which runs when it is loaded
        return !isModule && (whole?.count ?? 0) > 0;
      }).length;
      if (ran > 0) found[relative(fileURLToPath(sourceUrl), fileURLToPath(url)).replaceAll(sep, '/')] = ran;
    }
    return found;
  };
  const ways: Way[] = [];
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  for (const body of bodies) {
    await functionsOf(); // begins anew
    layersOf();
    await ask(port, path, { 'content-type': 'application/json', ...headers }, body);
    await sleep(settleMs);
    ways.push({ functions: await functionsOf(), layers: layersOf() });
  }
  const [first] = ways;
  const last = ways.at(-1);
  if (!first || !last) throw new Error('nothing was asked for');
  return { first, last };
}

/** The server in this process, on a port of its own. */
async function serve(env: WayTask['env']): Promise<number> {
  const { createApp } = await import('../../src/app.ts');
  const { localPorts } = await import('../../src/adapters/local/local.ts');
  const { dataFolder } = await import('../../src/adapters/local/packs.ts');
  const { thisRuntime } = await import('../../src/cli/serve.ts');
  const { loadConfig } = await import('../../src/config/config.ts');
  const config = loadConfig({
    flags: {},
    env: { FISH_LISTEN: '127.0.0.1:0', FISH_LOG_LEVEL: 'error', ...env },
  });
  const runtime = await thisRuntime();
  const ports = localPorts({
    dataDir: dataFolder(config['onnx.data_dir']),
    keysFile: join(homedir(), 'no-keys.json'),
    fetch: runtime.fetch(config),
    relay: runtime.relay({ readerMs: config['server.write_timeout'] }),
  });
  const { port } = await runtime.serve(createApp(config, ports), config);
  return port;
}

/** Reads an answer to its end. @throws when it is no success */
function ask(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: object,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method: 'POST', headers }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () => {
        if (answer.statusCode === 200 && bytes > 0) resolve();
        else reject(new Error(`${path}: ${answer.statusCode}, ${bytes} bytes`));
      });
      answer.on('error', reject);
    });
    asking.on('error', reject);
    asking.end(JSON.stringify(body));
  });
}

if (import.meta.main) {
  const report = await measure(JSON.parse(process.argv[2] ?? '{}') as WayTask);
  process.stdout.write(JSON.stringify(report), () => process.exit(0));
}
