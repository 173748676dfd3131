import { describe, expect, test } from 'vitest';
import { createEncoder, type EncoderOptions } from '../../src/audio/formats.ts';
import { type Channels, frameBytes } from '../../src/audio/pcm.ts';
import { HANDLES_PER_INSTANCE } from '../../src/audio/wasm/wasm-library.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { cut } from './chunks.ts';
import { encodeWhole, wasm } from './codecs.ts';
import { buzz, render } from './signals.ts';

const shapes = [8000, 16_000, 22_050, 24_000, 44_100, 48_000].flatMap((rate) =>
  ([1, 2] as const).flatMap((channels) => [undefined, 40].map((bitrate) => ({ rate, channels, bitrate }))),
);
const pcmOf = ({ rate, channels }: { rate: number; channels: Channels }, i: number): Uint8Array =>
  render(rate, channels, 0.25, buzz(90 + 10 * i));

describe('streams that take turns on shared instances', () => {
  for (const format of ['opus', 'aac', 'flac'] as const) {
    test(`${format}: give the bytes of isolated runs, also beside abandoned ones`, async () => {
      expect(shapes.length).toBeGreaterThan(HANDLES_PER_INSTANCE);
      const options = shapes.map((shape): EncoderOptions => ({ format, serial: 1, ...shape }));
      const alone: Uint8Array[] = [];
      for (const [i, option] of options.entries()) alone.push(await encodeWhole(option, pcmOf(option, i)));
      const streams = await Promise.all(
        options.map(async (option, i) => ({
          encoder: await createEncoder(option, wasm),
          chunks: cut(pcmOf(option, i), [700 * frameBytes(option.channels)]),
        })),
      );
      const together = streams.map(({ encoder }) => [encoder.head() ?? new Uint8Array(0)]);
      for (let turn = 0; streams.some(({ chunks }) => turn < chunks.length); turn++) {
        const abandoned = await createEncoder({ format, rate: 24_000, channels: 1 }, wasm);
        abandoned.push(new Uint8Array(6000));
        for (const [i, { encoder, chunks }] of streams.entries())
          together[i]?.push(encoder.push(chunks[turn] ?? new Uint8Array(0)));
        if (turn % 2 === 0) abandoned.close();
      }
      for (const [i, { encoder }] of streams.entries()) {
        const file = joinBytes([...(together[i] ?? []), encoder.end()]);
        expect(Buffer.compare(file, alone[i] ?? new Uint8Array(0))).toBe(0);
      }
    });
  }
});
