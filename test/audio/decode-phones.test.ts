import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeByFfmpeg } from '../../src/adapters/local/ffmpeg.ts';
import { wasmLoader } from '../../src/adapters/local/wasm.ts';
import { openSound } from '../../src/audio/decode/open.ts';
import { NoDecoder, type Sound, Undecodable } from '../../src/audio/decode/sound.ts';
import { toInt16 } from '../../src/audio/pcm.ts';
import { wavHeader } from '../../src/audio/wav.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { hasFfmpeg } from './ffmpeg.ts';
import { buzz, render } from './signals.ts';

const load = wasmLoader();
const rate = 22_050;
const seconds = 2;
const pcm = render(rate, 1, seconds, buzz(130));
const folder = mkdtempSync(join(tmpdir(), 'fish-edge-phones-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function open(bytes: Uint8Array, signal = new AbortController().signal): Promise<Sound> {
  return openSound(bytes, { opus: () => load('opus'), outside: decodeByFfmpeg }, signal);
}

async function decode(bytes: Uint8Array): Promise<{ sound: Sound; pcm: Uint8Array }> {
  const sound = await open(bytes);
  const parts: Uint8Array[] = [];
  for await (const part of sound.pcm()) parts.push(part);
  return { sound, pcm: joinBytes(parts) };
}

/** What ffmpeg makes of `pcm`. */
function encode(name: string, args: readonly string[], ofSeconds = seconds): Uint8Array<ArrayBuffer> {
  const wav = joinBytes([wavHeader({ rate, channels: 1, dataBytes: pcm.length }), pcm]);
  const target = join(folder, name);
  const loop = ofSeconds > seconds ? ['-stream_loop', '-1', '-t', String(ofSeconds)] : [];
  const source = join(folder, 'source.wav');
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'wav', '-i', 'pipe:0', '-c', 'copy', source], {
    input: wav,
  });
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...loop, '-i', source, ...args, target]);
  return new Uint8Array(readFileSync(target));
}

function loudness(bytes: Uint8Array, ofRate: number): number {
  let sum = 0;
  const samples = toInt16(bytes);
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / ofRate);
}

/** Processes of ffmpeg that this one started and that run. */
function children(): string[] {
  const tasks = `/proc/${process.pid}/task`;
  const all = readdirSync(tasks).flatMap((task) =>
    readFileSync(`${tasks}/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return all.filter((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').includes('(ffmpeg)'));
}

const both = ['-af', 'pan=stereo|c0=c0|c1=c0'];

describe.skipIf(!hasFfmpeg)('AIFF (skipped where ffmpeg is missing)', () => {
  test.each([
    ['16 bits', 'a.aiff', ['-c:a', 'pcm_s16be'], 0],
    ['24 bits', 'b.aiff', ['-c:a', 'pcm_s24be'], 0],
    ['32 bits', 'c.aiff', ['-c:a', 'pcm_s32be'], 0],
    ['8 bits', 'd.aiff', ['-c:a', 'pcm_s8'], 256],
    ['two channels', 'e.aiff', ['-c:a', 'pcm_s16be', ...both], 0],
    ['AIFC of floats', 'f.aifc', ['-f', 'aiff', '-c:a', 'pcm_f32be'], 0],
    ['AIFC of doubles', 'g.aifc', ['-f', 'aiff', '-c:a', 'pcm_f64be'], 0],
    ['AIFC of little-endian samples', 'h.aifc', ['-f', 'aiff', '-c:a', 'pcm_s16le'], 0],
    ['AIFC of mu-law', 'i.aifc', ['-f', 'aiff', '-c:a', 'pcm_mulaw'], 512],
    ['QuickTime of big-endian samples', 'j.mov', ['-c:a', 'pcm_s24be'], 0],
  ])('of %s', async (_, name, args, tolerance) => {
    const { sound, pcm: back } = await decode(encode(name, args));
    expect([sound.rate, sound.seconds]).toEqual([rate, seconds]);
    expect(back.length).toBe(pcm.length);
    const samples = toInt16(pcm);
    const most = toInt16(back).reduce(
      (m, sample, at) => Math.max(m, Math.abs(sample - (samples[at] ?? 0))),
      0,
    );
    expect(most).toBeLessThanOrEqual(tolerance);
  });

  test.each([8000, 44_100, 96_000])('of %i Hz', async (hz) => {
    const { sound, pcm: back } = await decode(encode(`r${hz}.aiff`, ['-ar', String(hz)]));
    expect(sound.rate).toBe(hz);
    expect(back.length / 2 / hz).toBeCloseTo(seconds, 2);
  });

  test('that was cut is decoded up to there', async () => {
    const file = encode('cut.aiff', []);
    const { pcm: back } = await decode(file.subarray(0, file.length / 2));
    expect(back.length).toBeGreaterThan(pcm.length / 3);
    expect(Buffer.compare(back, pcm.subarray(0, back.length))).toBe(0);
  });

  test('that is compressed has no decoder', async () => {
    const file = encode('coded.aiff', []);
    const aifc = Buffer.from(encode('coded.aifc', ['-f', 'aiff', '-c:a', 'pcm_f32be']));
    aifc.write('ima4', aifc.indexOf('fl32'), 'latin1');
    await expect(decode(aifc)).rejects.toThrow(NoDecoder);
    const lies = [
      [8, 0],
      [10, 0xffff_ffff],
    ] as const;
    for (const [at, value] of lies) {
      const lying = Buffer.from(file);
      lying.writeUInt32BE(value, lying.indexOf('COMM') + at - 4 + 4);
      const outcome = await decode(lying).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Undecodable);
    }
  });
});

test.each([
  ['a header alone', 'FORM\0\0\0\x04AIFF'],
  ['chunks of nothing', `FORM\0\0\0\x04AIFF${'JUNK\0\0\0\0'.repeat(200_000)}`],
  ['a chunk that ends beyond the file', `FORM\0\0\0\x04AIFFCOMM\xff\xff\xff\xff${'\0'.repeat(300)}`],
  [
    'a rate that is none',
    `FORM\0\0\0\x04AIFFCOMM\0\0\0\x12\0\x01\0\0\0\x40\0\x10${'\x7f\xff'.repeat(5)}SSND\0\0\0\x88${'\0'.repeat(200)}`,
  ],
])('AIFF of %s is refused', async (_, text) => {
  await expect(decode(Buffer.from(text, 'latin1'))).rejects.toThrow(Undecodable);
});

describe.skipIf(!hasFfmpeg)('what phones record (skipped where ffmpeg is missing)', () => {
  const picture = ['-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=5:duration=2', '-map', '0:a', '-map', '1:v'];
  test.each([
    ['AAC in M4A', 'a.m4a', ['-c:a', 'aac']],
    ['AAC in M4A, index first', 'b.m4a', ['-c:a', 'aac', '-movflags', 'faststart']],
    ['AAC in fragmented MP4', 'c.mp4', ['-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov']],
    ['AAC in MP4 beside a picture', 'd.mp4', [...picture, '-c:a', 'aac', '-c:v', 'mpeg4']],
    ['AAC in QuickTime', 'e.mov', ['-c:a', 'aac']],
    ['AAC in ADTS', 'f.aac', ['-c:a', 'aac']],
    ['AAC of two channels at 48 kHz', 'g.m4a', ['-c:a', 'aac', '-ar', '48000', ...both]],
    ['AAC of one channel at 8 kHz', 'h.m4a', ['-c:a', 'aac', '-ar', '8000']],
    ['Vorbis in Ogg', 'i.ogg', ['-c:a', 'libvorbis']],
    ['Vorbis in WebM', 'j.webm', ['-c:a', 'libvorbis']],
    ['Vorbis of two channels at 44.1 kHz', 'k.ogg', ['-c:a', 'libvorbis', '-ar', '44100', ...both]],
  ])('%s, as long and as loud', async (_, name, args) => {
    const { sound, pcm: back } = await decode(encode(name, args));
    expect(sound.rate).toBe(16_000);
    expect(sound.seconds).toBeCloseTo(seconds, 0);
    const extra = back.length / 2 / sound.rate - seconds;
    expect(extra).toBeGreaterThan(-0.05);
    expect(extra).toBeLessThan(0.4); // a block before and up to two behind, of an eighth of a second at 8 kHz
    expect(loudness(back, sound.rate) / loudness(pcm, rate)).toBeCloseTo(1, 0);
    await expect.poll(children).toEqual([]);
  });

  const hasHighEfficiency = spawnSync('ffmpeg', ['-v', 'quiet', '-encoders']).stdout?.includes('libfdk_aac');
  test.skipIf(!hasHighEfficiency)('HE-AAC (skipped without its encoder)', async () => {
    const { pcm: back } = await decode(encode('he.m4a', ['-c:a', 'libfdk_aac', '-profile:a', 'aac_he']));
    expect(Math.abs(back.length / 2 / 16_000 - seconds)).toBeLessThan(0.4);
  });

  test('whoever leaves early leaves no process', async () => {
    const file = encode('long.m4a', ['-c:a', 'aac', '-ar', '8000'], 60);
    const sound = await open(file);
    expect(children()).toHaveLength(1);
    for await (const part of sound.pcm()) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    await expect.poll(children).toEqual([]);
    const leaver = new AbortController();
    const left = await open(file, leaver.signal);
    leaver.abort();
    await expect(Array.fromAsync(left.pcm())).rejects.toThrow(Undecodable);
    await expect.poll(children).toEqual([]);
  });

  test('whoever left before gets nothing', async () => {
    await expect(open(encode('left.m4a', ['-c:a', 'aac']), AbortSignal.abort())).rejects.toThrow(Undecodable);
    await expect.poll(children).toEqual([]);
  });

  test.each([
    ['stts', 4, 0xffff_ffff],
    ['stts', 8, 0xffff_ffff],
    ['stsz', 8, 0xffff_ffff],
    ['stsz', 4, 0xffff_ffff],
    ['stsc', 4, 0xffff_ffff],
    ['stsc', 12, 0xffff_ffff],
    ['stco', 4, 0xffff_ffff],
  ])('an M4A is refused whose %s claims more than there is (at %i)', async (box, at, value) => {
    const lying = Buffer.from(encode('lies.m4a', ['-c:a', 'aac']));
    lying.writeUInt32BE(value, lying.indexOf(box) + 4 + at);
    await expect(decode(new Uint8Array(lying))).rejects.toThrow(Undecodable);
  });

  test('is refused where no ffmpeg is found', async () => {
    const file = encode('nobody.m4a', ['-c:a', 'aac']);
    const path = process.env.PATH;
    process.env.PATH = folder;
    try {
      await expect(open(file)).rejects.toThrow(NoDecoder);
    } finally {
      process.env.PATH = path;
    }
  });
});
