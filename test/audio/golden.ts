import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { wasmLoader, wasmUrl } from '../../src/adapters/wasm.ts';
import { createEncoder } from '../../src/audio/formats.ts';
import { joinBytes, type PcmFilter } from '../../src/audio/pcm.ts';
import { createResampler } from '../../src/audio/resample.ts';
import { createStretcher } from '../../src/audio/stretch.ts';
import { goldenPcm } from './signals.ts';

const FRAMES = 36_000;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function outputOf(filter: PcmFilter): string {
  return sha256(joinBytes([filter.push(goldenPcm(FRAMES, 1)), filter.end()]));
}

/** sha256 of each pinned module and of what it makes of one signal: the same on every runtime. */
export async function hashCodecs(): Promise<Record<string, string>> {
  const wasm = wasmLoader();
  const file = async (name: 'mp3' | 'resample' | 'stretch') => sha256(await readFile(wasmUrl(name)));
  return {
    'mp3.wasm': await file('mp3'),
    'resample.wasm': await file('resample'),
    'stretch.wasm': await file('stretch'),
    input: sha256(goldenPcm(FRAMES, 1)),
    mp3: outputOf(await createEncoder({ format: 'mp3', rate: 24_000, channels: 1 }, wasm)),
    'mp3 44.1 kHz': outputOf(
      await createEncoder({ format: 'mp3', rate: 44_100, channels: 1, bitrate: 192 }, wasm),
    ),
    resample: outputOf(createResampler(22_050, 24_000, 1, await wasm('resample'))),
    stretch: outputOf(createStretcher(24_000, 1, 1.3, await wasm('stretch'))),
  };
}

if (import.meta.main) console.log(JSON.stringify(await hashCodecs()));
