import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { createEncoder } from '../../src/audio/formats.ts';
import { createG711Decoder, createG711Encoder } from '../../src/audio/g711.ts';
import { fromInt16 } from '../../src/audio/pcm.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { wasm } from './codecs.ts';
import { hasFfmpeg } from './ffmpeg.ts';
import { goldenPcm } from './signals.ts';

const laws = [
  ['ulaw', 'mulaw'],
  ['alaw', 'alaw'],
] as const;

/** Every sample there is, once. */
const ramp: Uint8Array = fromInt16(Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768));

function encode(law: 'ulaw' | 'alaw', pcm: Uint8Array, channels: 1 | 2 = 1): Uint8Array {
  const encoder = createG711Encoder(law, channels);
  return joinBytes([encoder.push(pcm), encoder.end()]);
}

function ffmpeg(input: Uint8Array, from: string, to: string): Uint8Array {
  const form = ['-ar', '8000', '-ac', '1'];
  const args = ['-v', 'error', '-f', from, ...form, '-i', 'pipe:0', '-f', to, ...form, 'pipe:1'];
  return new Uint8Array(spawnSync('ffmpeg', args, { input, maxBuffer: 2 ** 24 }).stdout);
}

describe.each(laws)('%s', (law, name) => {
  test.skipIf(!hasFfmpeg)('is what ffmpeg makes of every sample there is, bit for bit', () => {
    const theirs = ffmpeg(ramp, 's16le', name);
    expect(theirs).toHaveLength(65_536);
    expect(Buffer.compare(encode(law, ramp), theirs)).toBe(0);
  });

  test.skipIf(!hasFfmpeg)('is read as ffmpeg reads every byte there is', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect(Buffer.compare(createG711Decoder(law)(bytes), ffmpeg(bytes, name, 's16le'))).toBe(0);
  });

  test.skipIf(!hasFfmpeg)('is heard as the sound that went in: within half a step of each sample', () => {
    const heard = new Int16Array(ffmpeg(encode(law, ramp), name, 's16le').buffer);
    for (let i = 0; i < heard.length; i++) {
      const sample = Math.max(-32_124, Math.min(32_124, i - 32_768)); // the loudest level of µ-law
      expect(Math.abs((heard[i] ?? 0) - sample)).toBeLessThanOrEqual(12 + Math.abs(sample) / 31);
    }
  });

  test('says silence as the standard does', () => {
    expect(encode(law, new Uint8Array(4))).toEqual(
      law === 'ulaw' ? Uint8Array.of(0xff, 0xff) : Uint8Array.of(0xd5, 0xd5),
    );
  });

  test('makes one channel of two', () => {
    const both = fromInt16(Int16Array.of(1000, 3000, -400, 400));
    expect(encode(law, both, 2)).toEqual(encode(law, fromInt16(Int16Array.of(2000, 0))));
  });

  test.each([8000, 24_000, 44_100])('is 8 kHz whatever the PCM is: %i Hz', async (rate) => {
    const encoder = await createEncoder({ format: law, rate, channels: 1 }, wasm);
    const bytes = joinBytes([encoder.push(goldenPcm(rate, 1)), encoder.end()]);
    expect(Math.abs(bytes.length - 8000)).toBeLessThanOrEqual(1);
  });
});
