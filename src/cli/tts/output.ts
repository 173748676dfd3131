import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where audio goes. */
export interface Output {
  write(audio: Uint8Array): Promise<void>;
  /** All came. */
  finish(): Promise<void>;
  /** Not all came: nothing half is left behind. */
  discard(): Promise<void>;
}

const UNKNOWN_SIZE = 0xffffffff;
/** Of a WAV header: before it `RIFF` and a size, at its end `data` and a size. */
const WAV_HEADER = 44;

/** Written beside the name and renamed once it is whole; pipes and devices are written as they are. */
export async function openFile(path: string): Promise<Output> {
  const there = await stat(path).catch(() => undefined);
  const isPlain = !there || there.isFile();
  const draft = isPlain ? `${path}.${process.pid}.part` : path;
  const file = await open(draft, isPlain ? 'wx+' : 'w').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be written: ${error.code ?? error.message}`);
  });
  return {
    async write(audio) {
      await file.appendFile(audio);
    },
    async finish() {
      if (isPlain) await setWavSizes(file);
      await file.close();
      if (isPlain) await rename(draft, path);
    },
    async discard() {
      await file.close();
      if (isPlain) await rm(draft, { force: true });
    },
  };
}

/** A WAV that was streamed does not know its length: now it is known, and players can seek in it. */
async function setWavSizes(file: FileHandle): Promise<void> {
  const header = Buffer.alloc(WAV_HEADER);
  const { bytesRead } = await file.read(header, 0, WAV_HEADER, 0);
  if (bytesRead < WAV_HEADER || header.toString('latin1', 0, 4) !== 'RIFF') return;
  if (header.toString('latin1', 36, 40) !== 'data' || header.readUInt32LE(40) !== UNKNOWN_SIZE) return;
  const { size } = await file.stat();
  if (size - 8 >= UNKNOWN_SIZE) return;
  header.writeUInt32LE(size - 8, 4);
  header.writeUInt32LE(size - WAV_HEADER, 40);
  await file.write(header, 0, WAV_HEADER, 0);
}

/** Whoever read the audio has left, as `head` does: nothing is wrong that its user does not know. */
export class ReaderGone extends Error {}

export function openStdout(): Output {
  const { stdout } = process;
  stdout.on('error', () => {}); // each write says so, too
  return {
    write: (audio) =>
      writeTo(stdout, audio).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EPIPE' ? new ReaderGone() : error;
      }),
    finish: async () => {},
    discard: async () => {},
  };
}

interface Player {
  readonly program: string;
  readonly args: readonly string[];
  /** Plays files only. */
  readonly needsFile?: true;
  /** Plays WAV only. */
  readonly wavOnly?: true;
}

const players: readonly Player[] = [
  { program: 'ffplay', args: ['-nodisp', '-autoexit', '-loglevel', 'error', '-i', '-'] },
  { program: 'aplay', args: ['-q', '-'], wavOnly: true },
  { program: 'afplay', args: [], needsFile: true },
];

/** A program of this machine that plays `format`. @throws Error where there is none */
export async function openPlayer(format: string): Promise<Output> {
  for (const player of players) {
    if (player.wavOnly && format !== 'wav') continue;
    const path = await findProgram(player.program);
    if (path === undefined) continue;
    return player.needsFile ? playFile(path, player.args, format) : playPipe(path, player.args);
  }
  throw new Error('There is nothing to play it with: install ffmpeg (ffplay), or name a file with -o.');
}

function playPipe(path: string, args: readonly string[]): Output {
  const child = spawn(path, [...args], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = endOf(child);
  const { stdin } = child;
  stdin.on('error', () => {}); // closed by its user: its exit says so
  return {
    write: (audio) => writeTo(stdin, audio),
    async finish() {
      stdin.end();
      await ended;
    },
    async discard() {
      child.kill();
      await ended.catch(() => {});
    },
  };
}

async function playFile(path: string, args: readonly string[], format: string): Promise<Output> {
  const name = join(tmpdir(), `fish-tts-${process.pid}.${format}`);
  const file = await openFile(name);
  return {
    write: (audio) => file.write(audio),
    async finish() {
      await file.finish();
      try {
        await endOf(spawn(path, [...args, name], { stdio: ['ignore', 'ignore', 'inherit'] }));
      } finally {
        await rm(name, { force: true });
      }
    },
    discard: () => file.discard(),
  };
}

async function endOf(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`The player ended with ${code ?? 'a signal'}.`);
}

export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter((each) => each !== '')) {
    const path = join(folder, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

function writeTo(stream: NodeJS.WritableStream, audio: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(audio, (error) => (error ? reject(error) : resolve()));
  });
}
