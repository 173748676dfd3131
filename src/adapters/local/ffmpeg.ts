import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

type Ffmpeg = ChildProcessByStdio<Writable, Readable, null>;

/** It is asked for samples and gives none for so long: it hangs. */
const SILENCE_LIMIT_MS = 20_000;
/** What one buffer of it may hold, in bytes. */
const MAX_ALLOC = 64 * 1024 * 1024;
const RATE = 16_000;

/**
 * Nothing is left to what the bytes say: the container is the one that is made here, nothing but the two pipes is opened, and
 * no picture or subtitle is decoded.
 */
const args: readonly string[] = [
  ...['-nostdin', '-hide_banner', '-loglevel', 'quiet', '-max_alloc', String(MAX_ALLOC), '-threads', '1'],
  ...['-protocol_whitelist', 'pipe', '-f', 'matroska', '-i', 'pipe:0', '-map', '0:a:0', '-vn', '-sn', '-dn'],
  ...['-ac', '1', '-ar', String(RATE), '-f', 's16le', 'pipe:1'],
];

/**
 * Decodes the one track of a Matroska stream by the `ffmpeg` of this machine, in a process of its own, to mono s16le at 16 kHz.
 * Resolves to undefined when it is not installed, or must not be run. `signal`, and leaving the chunks early, kill it; and
 * when this thread dies, its pipes end it.
 */
export async function decodeByFfmpeg(
  matroska: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<AsyncGenerator<Uint8Array, void, void> | undefined> {
  const child = await start();
  return child && readSamples(child, matroska, signal);
}

/** Without a shell, and without the settings and secrets of this process. */
async function start(): Promise<Ffmpeg | undefined> {
  try {
    const { spawn } = await import('node:child_process');
    const env = { PATH: process.env.PATH ?? '' };
    const child = spawn('ffmpeg', args, { env, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
    await once(child, 'spawn');
    child.on('error', () => {}); // of a kill that comes too late
    return child;
  } catch {
    return undefined;
  }
}

async function* readSamples(
  child: Ffmpeg,
  matroska: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  let failure: unknown;
  const stop = (why: unknown): void => {
    failure ??= why;
    child.kill('SIGKILL');
  };
  const onAbort = (): void => stop(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const feeding = feed(matroska, child.stdin).catch(stop);
  const chunks: AsyncIterator<Uint8Array> = child.stdout[Symbol.asyncIterator]();
  try {
    for (;;) {
      const alarm = setTimeout(() => stop(new Error('ffmpeg is silent.')), SILENCE_LIMIT_MS);
      const next = await chunks.next().finally(() => clearTimeout(alarm));
      if (next.done) break;
      yield next.value;
    }
    if (failure !== undefined) throw failure;
  } finally {
    signal.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stdin.destroy();
    await feeding; // its decoder of containers is left
  }
}

/** @throws what `matroska` throws; a program that takes no more is no failure of it */
async function feed(matroska: AsyncIterable<Uint8Array>, stdin: Writable): Promise<void> {
  let isTaken = true;
  const onEnd = (): void => {
    isTaken = false;
  };
  stdin.on('error', onEnd); // EPIPE
  stdin.on('close', onEnd);
  for await (const chunk of matroska) {
    if (!isTaken) return;
    if (!stdin.write(chunk)) await roomOrEnd(stdin);
  }
  stdin.end();
}

function roomOrEnd(stdin: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) stdin.off(event, done);
      resolve();
    };
    const events = ['drain', 'close', 'error'];
    for (const event of events) stdin.on(event, done);
    if (stdin.destroyed) done();
  });
}
