import { describe, expect, test } from 'vitest';
import {
  type AudioFormat,
  audioFormats,
  type CodecModules,
  createEncoder,
  isAudioFormat,
} from '../../src/audio/formats.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { wasm } from './codecs.ts';
import { goldenPcm } from './signals.ts';

const names = Object.keys(audioFormats) as AudioFormat[];

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
      ['opus', 'audio/ogg; codecs=opus', 'opus'],
      ['aac', 'audio/aac', 'aac'],
      ['flac', 'audio/flac', 'flac'],
      ['ulaw', 'audio/basic', 'ulaw'],
      ['alaw', 'audio/x-alaw-basic', 'alaw'],
    ]);
  });

  test('knows its own names only', () => {
    expect(['wav', 'pcm', 'mp3', 'opus', 'aac', 'flac', 'ulaw', 'alaw'].every(isAudioFormat)).toBe(true);
    expect(['', 'WAV', 'ogg', 'toString', '__proto__', 'constructor'].some(isAudioFormat)).toBe(false);
  });

  test('says the rate that comes out', () => {
    expect(audioFormats.wav.encodedRate(20_000)).toBe(20_000);
    expect(audioFormats.mp3.encodedRate(20_000)).toBe(22_050);
    expect(audioFormats.opus.encodedRate(20_000)).toBe(48_000);
    expect(audioFormats.aac.encodedRate(20_000)).toBe(22_050);
    expect(audioFormats.flac.encodedRate(20_000)).toBe(20_000);
    expect(audioFormats.ulaw.encodedRate(20_000)).toBe(8000);
  });

  test('lets a runtime move the bytes by itself only where they are the PCM', async () => {
    const pcm = goldenPcm(5000, 1);
    for (const format of names) {
      const encoder = await createEncoder({ format, rate: 24_000, channels: 1 }, wasm);
      const unchanged = Buffer.compare(joinBytes([encoder.push(pcm), encoder.end()]), pcm) === 0;
      expect(audioFormats[format].verbatim).toBe(unchanged);
    }
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
    await createEncoder({ format: 'flac', rate: 20_000, channels: 1 }, watched);
    expect(asked).toEqual([]);
    await createEncoder({ format: 'mp3', rate: 24_000, channels: 1 }, watched);
    expect(asked).toEqual(['mp3']);
    await createEncoder({ format: 'mp3', rate: 20_000, channels: 1 }, watched);
    expect(asked).toEqual(['mp3', 'mp3', 'resample']);
    await createEncoder({ format: 'opus', rate: 24_000, channels: 1 }, watched);
    await createEncoder({ format: 'aac', rate: 44_100, channels: 1 }, watched);
    expect(asked.slice(3)).toEqual(['opus', 'aac']);
  });

  test('has a head for containers that have one', async () => {
    const head = async (format: AudioFormat) =>
      (await createEncoder({ format, rate: 24_000, channels: 1 }, wasm)).head()?.length;
    expect(await Promise.all(names.map(head))).toEqual([
      44,
      undefined,
      undefined,
      100,
      undefined,
      42,
      undefined,
      undefined,
    ]);
  });

  test('refuses a rate beyond the bounds, whatever the format', async () => {
    for (const format of names) {
      for (const rate of [0, 24_000.5, 1e6]) {
        await expect(createEncoder({ format, rate, channels: 1 }, wasm)).rejects.toThrow(RangeError);
      }
    }
  });

  test('given up mid-stream takes no more input', async () => {
    for (const format of names) {
      const encoder = await createEncoder({ format, rate: 20_000, channels: 1 }, wasm);
      encoder.push(goldenPcm(5000, 1));
      encoder.close();
      expect(() => encoder.push(goldenPcm(10, 1))).toThrow(/ended/);
      expect(encoder.end().length).toBe(0);
    }
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
