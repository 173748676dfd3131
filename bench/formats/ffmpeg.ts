import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { audioBegins, type FormatCase, sampleRate } from './cases.ts';

const bytesPerSample = 2;
const bytesPerKiB = 1024;
const pcmInput = ['-f', 's16le', '-ar', String(sampleRate), '-ac', '1'];
/** ffmpeg looks at seconds of its input before it begins unless it is told not to. */
const eager = ['-fflags', 'nobuffer', '-probesize', '32', '-analyzeduration', '0'];
const stepSamples = 64;
const stepMs = 12;
const startMs = 700;
const maxSamples = 60 * stepSamples * 2;

export interface FfmpegUse {
  /** Of the processor, in user and system mode. */
  readonly seconds: number;
  /** The most that was ever resident. */
  readonly bytes: number;
}

/** What it takes to encode `file` on one thread, as ffmpeg itself counts it. */
export async function useOfFfmpeg({ ffmpeg }: FormatCase, file: string): Promise<FfmpegUse> {
  const args = [
    '-v',
    'info',
    '-benchmark',
    '-threads',
    '1',
    ...pcmInput,
    '-i',
    file,
    ...ffmpeg,
    '-y',
    '/dev/null',
  ];
  const child = spawn('ffmpeg', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(said) ?? [];
  const [, resident] = /maxrss=(\d+)/.exec(said) ?? [];
  if (code !== 0 || !user || !system || !resident) throw new Error(`ffmpeg: ${said.slice(-300)}`);
  return { seconds: Number(user) + Number(system), bytes: Number(resident) * bytesPerKiB };
}

/** Samples that went into a pipe, a few at a time, before the first byte of audio came out of another. */
export async function delayOfFfmpeg({ format, ffmpeg }: FormatCase, pcm: Uint8Array): Promise<number> {
  const args = [
    '-v',
    'error',
    ...eager,
    ...pcmInput,
    '-i',
    'pipe:0',
    ...ffmpeg,
    '-flush_packets',
    '1',
    'pipe:1',
  ];
  const child = spawn('ffmpeg', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => {}); // it is killed while it listens
  const parts: Buffer[] = [];
  child.stdout.on('data', (chunk) => parts.push(chunk));
  try {
    await sleep(startMs);
    for (let fed = 0; fed < maxSamples; ) {
      child.stdin.write(pcm.subarray(fed * bytesPerSample, (fed + stepSamples) * bytesPerSample));
      fed += stepSamples;
      await sleep(stepMs);
      if (audioBegins(format, Buffer.concat(parts)) !== undefined) return fed;
    }
    throw new Error(`ffmpeg made no ${format} of ${maxSamples} samples`);
  } finally {
    child.kill('SIGKILL');
  }
}
