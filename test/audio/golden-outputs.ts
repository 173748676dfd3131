import { createGain } from '../../src/audio/dsp/gain.ts';
import { Limiter } from '../../src/audio/dsp/limiter.ts';
import { createResampler } from '../../src/audio/dsp/resample.ts';
import { createStretcher } from '../../src/audio/dsp/stretch.ts';
import { type CodecModules, createEncoder, type EncoderOptions } from '../../src/audio/formats.ts';
import { fromFloat32, type PcmFilter, toInt16 } from '../../src/audio/pcm.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { goldenPcm } from './signals.ts';

const FRAMES = 36_000;
const RATE = 24_000;

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function goldenFloats(): Float32Array {
  return Float32Array.from(toInt16(goldenPcm(FRAMES, 1)), (sample) => sample / 32_768);
}

/** sha256 of what each codec makes of one signal: the same on every runtime. Names no runtime, so that it runs on all. */
export async function hashOutputs(wasm: CodecModules): Promise<Record<string, string>> {
  const ofFilter = async (filter: PcmFilter): Promise<string> =>
    sha256(joinBytes([filter.push(goldenPcm(FRAMES, 1)), filter.end()]));
  const ofFile = async (options: EncoderOptions): Promise<string> => {
    const encoder = await createEncoder(options, wasm);
    const head = encoder.head() ?? new Uint8Array(0);
    return sha256(joinBytes([head, encoder.push(goldenPcm(FRAMES, options.channels)), encoder.end()]));
  };
  const speech = { rate: RATE, channels: 1 } as const;
  return {
    input: await sha256(goldenPcm(FRAMES, 1)),
    wav: await ofFile({ format: 'wav', ...speech }),
    mp3: await ofFile({ format: 'mp3', ...speech }),
    'mp3 44.1 kHz': await ofFile({ format: 'mp3', rate: 44_100, channels: 1, bitrate: 192 }),
    opus: await ofFile({ format: 'opus', ...speech, serial: 1 }),
    'opus 44.1 kHz': await ofFile({ format: 'opus', rate: 44_100, channels: 2, bitrate: 64, serial: 2 }),
    aac: await ofFile({ format: 'aac', ...speech }),
    'aac 44.1 kHz': await ofFile({ format: 'aac', rate: 44_100, channels: 2, bitrate: 128 }),
    flac: await ofFile({ format: 'flac', ...speech }),
    'flac 44.1 kHz': await ofFile({ format: 'flac', rate: 44_100, channels: 2 }),
    resample: await ofFilter(createResampler(22_050, RATE, 1, await wasm('resample'))),
    stretch: await ofFilter(createStretcher(RATE, 1, 1.3, await wasm('stretch'))),
    gain: await ofFilter(createGain(7, 1)),
    limiter: await sha256(fromFloat32(new Limiter(4).push(goldenFloats(), true))),
  };
}
