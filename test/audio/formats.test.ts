import { describe, expect, test } from 'vitest';
import { audioFormats, type CodecModules, createEncoder, isAudioFormat } from '../../src/audio/formats.ts';
import { wasm } from './codecs.ts';
import { goldenPcm } from './signals.ts';

describe('the table of formats', () => {
  test('names content types and extensions', () => {
    const facts = Object.entries(audioFormats).map(([name, { contentType, extension }]) => [
      name,
      contentType,
      extension,
    ]);
    expect(facts).toEqual([
      ['wav', 'audio/wav', 'wav'],
      ['pcm', 'audio/pcm', 'pcm'],
      ['mp3', 'audio/mpeg', 'mp3'],
    ]);
  });

  test('knows its own names only', () => {
    expect(['wav', 'pcm', 'mp3'].every(isAudioFormat)).toBe(true);
    expect(['', 'WAV', 'ogg', 'toString', '__proto__', 'constructor'].some(isAudioFormat)).toBe(false);
  });

  test('says the rate that comes out', () => {
    expect(audioFormats.wav.encodedRate(20_000)).toBe(20_000);
    expect(audioFormats.mp3.encodedRate(20_000)).toBe(22_050);
  });
});

describe('an encoder', () => {
  test('loads no module that its format does not need', async () => {
    const asked: string[] = [];
    const watched: CodecModules = (name) => {
      asked.push(name);
      return wasm(name);
    };
    await createEncoder({ format: 'wav', rate: 20_000, channels: 1 }, watched);
    await createEncoder({ format: 'pcm', rate: 20_000, channels: 1 }, watched);
    expect(asked).toEqual([]);
    await createEncoder({ format: 'mp3', rate: 24_000, channels: 1 }, watched);
    expect(asked).toEqual(['mp3']);
    await createEncoder({ format: 'mp3', rate: 20_000, channels: 1 }, watched);
    expect(asked).toEqual(['mp3', 'mp3', 'resample']);
  });

  test('has a head for WAV only', async () => {
    const head = async (format: 'wav' | 'pcm' | 'mp3') =>
      (await createEncoder({ format, rate: 24_000, channels: 1 }, wasm)).head()?.length;
    expect([await head('wav'), await head('pcm'), await head('mp3')]).toEqual([44, undefined, undefined]);
  });

  test('refuses a rate beyond the bounds, whatever the format', async () => {
    for (const format of ['wav', 'pcm', 'mp3'] as const) {
      for (const rate of [0, 24_000.5, 1e6]) {
        await expect(createEncoder({ format, rate, channels: 1 }, wasm)).rejects.toThrow(RangeError);
      }
    }
  });

  test('given up mid-stream takes no more input', async () => {
    const encoder = await createEncoder({ format: 'mp3', rate: 20_000, channels: 1 }, wasm);
    encoder.push(goldenPcm(5000, 1));
    encoder.close();
    expect(() => encoder.push(goldenPcm(10, 1))).toThrow(/ended/);
    expect(encoder.end().length).toBe(0);
  });
});

describe('the loader of modules', () => {
  test('compiles each at most once, also when asked twice at the same time', async () => {
    const [one, two] = await Promise.all([wasm('stretch'), wasm('stretch')]);
    expect(two).toBe(one);
    expect(await wasm('stretch')).toBe(one);
    expect(await wasm('resample')).not.toBe(one);
  });
});
