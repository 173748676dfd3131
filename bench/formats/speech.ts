import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../test/conformance/server.ts';
import { defaultPack, type Setup } from '../bench.ts';
import { longText, paragraph } from '../texts.ts';
import { sampleRate } from './cases.ts';

const deadlineMs = 600_000;
const bytesPerSample = 2;

/** PCM: s16le, one channel, at `sampleRate`. */
export interface Speech {
  /** Is there until this process ends. */
  readonly file: string;
  readonly pcm: Uint8Array;
  readonly seconds: number;
}

let made: Promise<string> | undefined;

/** Speech of the default voice, the same for all benches of a run. */
export async function speechOf(setup: Setup): Promise<Speech> {
  made ??= makeFile(setup);
  const file = await made;
  const pcm = readFileSync(file);
  return { file, pcm, seconds: pcm.length / bytesPerSample / sampleRate };
}

async function makeFile(setup: Setup): Promise<string> {
  setup.say('speaking');
  const pcm = await speak(defaultPack(setup).id, setup);
  const folder = mkdtempSync(join(tmpdir(), 'fish-edge-formats-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'speech.s16le');
  writeFileSync(file, pcm);
  return file;
}

async function speak(voice: string, { dataDir, quick }: Setup): Promise<Uint8Array> {
  const server = await startServer('node', { env: { FISH_DATA_DIR: dataDir, FISH_VOICE: voice } });
  try {
    const input = quick ? paragraph : longText;
    const response = await fetch(`${server.url}/v1/audio/speech`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input, response_format: 'pcm', sample_rate: sampleRate }),
      signal: AbortSignal.timeout(deadlineMs),
    });
    if (response.status !== 200) throw new Error(`the server answered ${response.status}`);
    const rate = response.headers.get('x-audio-sample-rate');
    if (rate !== String(sampleRate)) throw new Error(`the speech has ${rate} Hz`);
    return new Uint8Array(await response.arrayBuffer());
  } finally {
    await server.stop();
  }
}
