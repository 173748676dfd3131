/** Encodes in this process as the server does, and prints a figure: run by benches.ts, argv[2] is a `FormatTask`. */
import { readFile } from 'node:fs/promises';
import { wasmLoader } from '../../src/adapters/local/wasm.ts';
import type { Encoder } from '../../src/audio/encoder.ts';
import { type AudioFormat, createEncoder } from '../../src/audio/formats.ts';
import { frameBytes } from '../../src/audio/pcm.ts';
import { audioBegins, sampleRate } from './cases.ts';

export interface FormatTask {
  readonly measure: 'speed' | 'delay' | 'memory';
  readonly format: AudioFormat;
  readonly bitrate?: number | undefined;
  /** A file of PCM: s16le, one channel, at `sampleRate`. */
  readonly file: string;
}

/** As much PCM as an engine hands on at once, about. */
const chunkBytes = 8192;
const microseconds = 1e6;
/** Open at the same time when memory is measured. */
const streams = 64;
const streamSeconds = 2;

const task = JSON.parse(process.argv[2] ?? '') as FormatTask;
const pcm = new Uint8Array(await readFile(task.file));
const wasm = wasmLoader();

function open(): Promise<Encoder> {
  const { format, bitrate } = task;
  return createEncoder({ format, rate: sampleRate, channels: 1, bitrate }, wasm);
}

async function encode(bytes: Uint8Array): Promise<void> {
  const encoder = await open();
  for (let at = 0; at < bytes.length; at += chunkBytes) encoder.push(bytes.subarray(at, at + chunkBytes));
  encoder.end();
}

const measures: Readonly<Record<FormatTask['measure'], () => Promise<number>>> = {
  /** Seconds of audio for each second of processor time, after the runtime's compilers saw the code: as in a server. */
  async speed() {
    await encode(pcm);
    const before = process.cpuUsage();
    await encode(pcm);
    const { user, system } = process.cpuUsage(before);
    return pcm.length / frameBytes(1) / sampleRate / ((user + system) / microseconds);
  },

  /** Samples that go in before the first byte of audio comes out. */
  async delay() {
    const encoder = await open();
    let file = encoder.head() ?? new Uint8Array(0);
    for (let at = 0; at < pcm.length; at += frameBytes(1)) {
      const made = encoder.push(pcm.subarray(at, at + frameBytes(1)));
      if (made.length === 0) continue;
      file = Uint8Array.from([...file, ...made]);
      if (audioBegins(task.format, file) !== undefined) return at / frameBytes(1) + 1;
    }
    throw new Error('no audio came out');
  },

  /** Bytes of resident memory for each stream that is open, the codec itself not counted. */
  async memory() {
    const part = pcm.subarray(0, streamSeconds * sampleRate * frameBytes(1));
    for (let i = 0; i < 4; i++) await encode(part);
    const encoders: Encoder[] = [];
    const before = process.memoryUsage().rss;
    for (let i = 0; i < streams; i++) encoders.push(await open());
    for (let at = 0; at < part.length; at += chunkBytes)
      for (const encoder of encoders) encoder.push(part.subarray(at, at + chunkBytes));
    const after = process.memoryUsage().rss;
    for (const encoder of encoders) encoder.close();
    return Math.max(0, after - before) / streams;
  },
};

console.log(JSON.stringify(await measures[task.measure]()));
