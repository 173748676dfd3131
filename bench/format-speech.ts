import { writeFileSync } from 'node:fs';
import { startServer } from '../test/conformance/server.ts';
import { defaultPack, type Setup } from './bench.ts';
import { sampleRate } from './format-cases.ts';
import { longText, paragraph } from './texts.ts';

const deadlineMs = 600_000;

/** Speech of the default voice as a file of PCM: s16le, one channel, at `sampleRate`. */
export async function writeSpeech(setup: Setup, file: string): Promise<void> {
  const env = { FISH_DATA_DIR: setup.dataDir, FISH_VOICE: defaultPack(setup).id };
  const server = await startServer('node', { env });
  try {
    const input = setup.quick ? paragraph : longText;
    const response = await fetch(`${server.url}/v1/audio/speech`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input, response_format: 'pcm', sample_rate: sampleRate }),
      signal: AbortSignal.timeout(deadlineMs),
    });
    if (response.status !== 200) throw new Error(`the server answered ${response.status}`);
    const rate = response.headers.get('x-audio-sample-rate');
    if (rate !== String(sampleRate)) throw new Error(`the speech has ${rate} Hz`);
    writeFileSync(file, new Uint8Array(await response.arrayBuffer()));
  } finally {
    await server.stop();
  }
}
