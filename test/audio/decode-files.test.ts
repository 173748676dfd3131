import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { wasmLoader } from '../../src/adapters/local/wasm.ts';
import { openSound } from '../../src/audio/decode/open.ts';
import { type DecodeOutside, Undecodable } from '../../src/audio/decode/sound.ts';
import { toInt16 } from '../../src/audio/pcm.ts';
import { wavHeader } from '../../src/audio/wav.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { encodeWhole } from './codecs.ts';
import { hasFfmpeg } from './ffmpeg.ts';
import { buzz, render } from './signals.ts';

const load = wasmLoader();
const rate = 22_050;
const seconds = 2;
const pcm = render(rate, 1, seconds, (t) => buzz(130)(t) * (t < 1 ? 1 : 0.25));

interface Decoded {
  readonly rate: number;
  readonly seconds: number | undefined;
  readonly pcm: Uint8Array;
}

async function decode(bytes: Uint8Array, outside?: DecodeOutside): Promise<Decoded> {
  const sound = await openSound(bytes, { opus: () => load('opus'), outside }, new AbortController().signal);
  const parts: Uint8Array[] = [];
  for await (const part of sound.pcm()) parts.push(part);
  return { rate: sound.rate, seconds: sound.seconds, pcm: joinBytes(parts) };
}

function loudness(bytes: Uint8Array, ofRate: number): number {
  let sum = 0;
  const samples = toInt16(bytes);
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / ofRate); // of all of it: silence around it does not count
}

describe('what our own encoders make', () => {
  test.each(['wav', 'flac'] as const)('%s comes back bit for bit', async (format) => {
    for (const length of [undefined, pcm.length]) {
      const back = await decode(await encodeWhole({ format, rate, channels: 1, length }, pcm));
      expect(back.rate).toBe(rate);
      expect(Buffer.compare(back.pcm, pcm)).toBe(0);
    }
  });

  test.each([
    ['mp3', rate, 0.15],
    ['opus', 16_000, 0.03],
  ] as const)('%s comes back as long and as loud', async (format, outRate, most) => {
    const back = await decode(
      await encodeWhole({ format, rate, channels: 2 }, render(rate, 2, seconds, buzz(130))),
    );
    expect(back.rate).toBe(outRate);
    const extra = back.pcm.length / 2 / outRate - seconds;
    expect(extra).toBeGreaterThanOrEqual(-0.01);
    expect(extra).toBeLessThan(most);
    const mono = loudness(render(rate, 1, seconds, buzz(130)), rate) * 0.75; // the second channel has half the level
    expect(loudness(back.pcm, outRate) / mono).toBeCloseTo(1, 1);
  });
});

describe.skipIf(!hasFfmpeg)('what others make (skipped where ffmpeg is missing)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fish-edge-decode-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What ffmpeg writes to a file, or to a pipe as a recorder does that cannot go back. */
  function encode(args: readonly string[], name: string, piped = false): Uint8Array {
    const wav = joinBytes([wavHeader({ rate, channels: 1, dataBytes: pcm.length }), pcm]);
    const target = piped ? 'pipe:1' : join(folder, name);
    const all = ['-v', 'error', '-y', '-f', 'wav', '-i', 'pipe:0', ...args, target];
    const { status, stdout, stderr } = spawnSync('ffmpeg', all, { input: wav, maxBuffer: 2 ** 26 });
    if (status !== 0) throw new Error(stderr.toString());
    return new Uint8Array(piped ? stdout : readFileSync(target));
  }

  /** ffmpeg's own `-ac 2` makes both channels softer. */
  const doubled = ['-af', 'pan=stereo|c0=c0|c1=c0'];

  test.each([
    ['16 bits', ['-c:a', 'pcm_s16le'], 0],
    ['24 bits', ['-c:a', 'pcm_s24le'], 0],
    ['32 bits', ['-c:a', 'pcm_s32le'], 0],
    ['floats', ['-c:a', 'pcm_f32le'], 0],
    ['doubles', ['-c:a', 'pcm_f64le'], 0],
    ['8 bits', ['-c:a', 'pcm_u8'], 256],
    ['A-law', ['-c:a', 'pcm_alaw'], 512],
    ['mu-law', ['-c:a', 'pcm_mulaw'], 512],
    ['two channels', ['-c:a', 'pcm_s16le', ...doubled], 0],
  ])('WAV of %s', async (_, args, tolerance) => {
    const back = await decode(encode(args, 'a.wav'));
    expect(back.pcm.length).toBe(pcm.length);
    expect(furthest(back.pcm, pcm)).toBeLessThanOrEqual(tolerance);
  });

  test('WAV that was streamed', async () => {
    const back = await decode(encode(['-f', 'wav'], '', true));
    expect(Buffer.compare(back.pcm, pcm)).toBe(0);
  });

  test.each([0, 5, 8, 12])('FLAC of compression level %i, bit for bit', async (level) => {
    const back = await decode(
      encode(['-c:a', 'flac', '-compression_level', String(level), '-strict', '-2'], 'a.flac'),
    );
    expect(back.seconds).toBeCloseTo(seconds);
    expect(Buffer.compare(back.pcm, pcm)).toBe(0);
  });

  test('FLAC of 24 bits and two channels', async () => {
    const back = await decode(encode([...doubled, '-sample_fmt', 's32', '-c:a', 'flac'], 'b.flac'));
    expect(Buffer.compare(back.pcm, pcm)).toBe(0);
  });

  test.each([
    ['MP3 with tags', 'mp3', ['-c:a', 'libmp3lame', '-b:a', '64k', '-metadata', 'title=x'], false],
    ['Ogg', 'opus', ['-c:a', 'libopus'], false],
    ['WebM', 'webm', ['-c:a', 'libopus'], false],
    ['WebM of a live recorder', 'webm', ['-c:a', 'libopus', '-f', 'webm', '-live', '1'], true],
    ['MP4', 'mp4', ['-c:a', 'libopus'], false],
  ])('%s, as long and as loud', async (_, extension, args, piped) => {
    const back = await decode(encode(args, `a.${extension}`, piped));
    expect(Math.abs(back.pcm.length / 2 / back.rate - seconds)).toBeLessThan(0.12);
    expect(loudness(back.pcm, back.rate) / loudness(pcm, rate)).toBeCloseTo(1, 0);
  });

  test.each([
    ['FLAC', 'flac', []],
    ['MP3', 'mp3', []],
    ['Opus', 'opus', ['-page_duration', '200000']], // page by page
  ])('%s that was cut is decoded up to there', async (_, extension, args) => {
    const file = encode(args, `cut.${extension}`);
    const back = await decode(file.subarray(0, 0.6 * file.length));
    expect(back.pcm.length / 2 / back.rate).toBeGreaterThan(seconds / 4);
    expect(back.pcm.length / 2 / back.rate).toBeLessThan(seconds);
  });

  test.each([
    ['AAC in MP4', 'm4a', ['-c:a', 'aac']],
    ['AAC', 'aac', ['-c:a', 'aac']],
    ['Vorbis', 'ogg', ['-c:a', 'libvorbis']],
    ['ALAC', 'm4a', ['-c:a', 'alac']],
  ])('%s is refused', async (_, extension, args) => {
    await expect(decode(encode(args, `refused.${extension}`))).rejects.toThrow(Undecodable);
  });
});

test.each([
  ['nothing', new Uint8Array(0)],
  ['text', new TextEncoder().encode('{"hello":"world"}'.repeat(20))],
  ['a WAV header alone', wavHeader({ rate, channels: 1, dataBytes: 0 })],
])('%s is refused', async (_, bytes) => {
  await expect(decode(bytes)).rejects.toThrow(Undecodable);
});

test('damage costs sound or a refusal, never another failure', { timeout: 60_000 }, async () => {
  const files = await Promise.all(
    (['wav', 'flac', 'mp3', 'opus'] as const).map((format) =>
      encodeWhole({ format, rate, channels: 1 }, pcm.subarray(0, rate)),
    ),
  );
  const damage = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), damage, async (file, hits) => {
      const bytes = file.slice();
      for (const [where, value] of hits)
        bytes[Math.floor(where * (where < 0.5 ? 200 : bytes.length))] = value;
      const outcome = await decode(bytes).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Undecodable);
    }),
    { numRuns: 300 },
  );
});

function furthest(one: Uint8Array, two: Uint8Array): number {
  const [a, b] = [toInt16(one), toInt16(two)];
  return a.reduce((most, sample, at) => Math.max(most, Math.abs(sample - (b[at] ?? 0))), 0);
}
