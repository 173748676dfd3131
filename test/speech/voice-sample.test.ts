import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { wavHeader } from '../../src/audio/wav.ts';
import { SpeechFailure } from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/ports.ts';
import { checkVoiceSample } from '../../src/speech/voice-sample.ts';
import { ClientGone } from '../../src/stream/cancel.ts';
import { tone } from '../fake-origin/tone.ts';
import { referenceAudio } from '../reference-audio.ts';
import { realClock } from '../stream/fake-clock.ts';

const opus = join(import.meta.dirname, '../../node_modules/@evan/opus/wasm/opus.wasm');
const wasm = (): Promise<WebAssembly.Module> => WebAssembly.compile(readFileSync(opus));
const nobodyLeaves = new AbortController().signal;

/** No recording is let through for want of time, on however slow a machine. */
const patient: Clock = { ...realClock, now: () => 0 };

/** What is said of a recording; undefined when it is taken. */
async function refusal(audio: Uint8Array, clock = patient): Promise<string | undefined> {
  try {
    await checkVoiceSample('audio', audio, { clock, wasm }, nobodyLeaves);
    return undefined;
  } catch (error) {
    if (!(error instanceof SpeechFailure) || error.error.code !== 'invalid_value') throw error;
    expect(error.error.param).toBe('audio');
    return error.error.message;
  }
}

/** What ffmpeg makes of a source of its own: a file, as not all of a header can be written to a pipe. */
function made(source: string, ...args: string[]): Uint8Array {
  const file = join(folder, 'sample');
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...args, file]);
  return readFileSync(file);
}
const folder = mkdtempSync(join(tmpdir(), 'fish-edge-samples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const hasFfmpeg = ((): boolean => {
  try {
    execFileSync('ffmpeg', ['-version']);
    return true;
  } catch {
    return false;
  }
})();

const sine = 'sine=frequency=220:duration=2';
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251);
const behind = (head: string): Uint8Array => Buffer.concat([latin1(head), noise]);
const wavOf = (pcm: Uint8Array, channels: 1 | 2 = 1): Uint8Array =>
  Buffer.concat([wavHeader({ rate: 8000, channels, dataBytes: pcm.length }), pcm]);

describe.skipIf(!hasFfmpeg)('a voice sample (skipped without ffmpeg) is taken as', () => {
  test.each([
    ['WAV', ['-f', 'wav']],
    ['stereo WAV of 24 bits', ['-f', 'wav', '-c:a', 'pcm_s24le', '-ac', '2']],
    ['WAV of another coding, which upstream opens', ['-f', 'wav', '-c:a', 'adpcm_ms']],
    ['MP3', ['-f', 'mp3']],
    ['MP3 of a voice recorder', ['-f', 'mp3', '-ar', '16000', '-b:a', '32k']],
    ['FLAC', ['-f', 'flac']],
    ['Opus in Ogg', ['-f', 'ogg', '-c:a', 'libopus']],
    ['Vorbis in Ogg', ['-f', 'ogg', '-c:a', 'libvorbis']],
    ['FLAC in Ogg', ['-f', 'ogg', '-c:a', 'flac']],
    ['Opus in WebM, as browsers record it', ['-f', 'webm', '-c:a', 'libopus']],
    ['AAC in MP4', ['-f', 'mp4', '-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov']],
    ['AAC in ADTS', ['-f', 'adts', '-c:a', 'aac']],
    ['AIFF', ['-f', 'aiff']],
    ['WMA', ['-f', 'asf', '-c:a', 'wmav2']],
  ])('%s', async (_, args) => {
    expect(await refusal(made(sine, ...args))).toBeUndefined();
  });

  test.each([
    ['WAV', ['-f', 'wav']],
    ['MP3', ['-f', 'mp3']],
    ['FLAC', ['-f', 'flac']],
    ['Opus', ['-f', 'ogg', '-c:a', 'libopus']],
  ])('%s, but not of silence, of a moment, or of minutes', async (_, args) => {
    expect(await refusal(made('anullsrc=d=2', ...args))).toBe('audio must not be silent');
    const length = 'audio must be 0.3 to 120 seconds long';
    expect(await refusal(made('sine=frequency=220:duration=0.1', ...args))).toBe(length);
    expect(await refusal(made('sine=frequency=220:duration=122', '-ar', '16000', ...args))).toBe(length);
  });

  test('one that begins with silence', async () => {
    expect(await refusal(made('sine=frequency=220:duration=2,adelay=5000', '-f', 'flac'))).toBeUndefined();
  });

  test('a file that is cut in the middle, if enough is left', async () => {
    for (const args of [
      ['-f', 'wav'],
      ['-f', 'mp3'],
      ['-f', 'flac'],
    ]) {
      const file = made(sine, ...args);
      expect(await refusal(file.subarray(0, file.length / 2))).toBeUndefined();
    }
  });
});

describe('no voice sample is', () => {
  test.each([
    ['a tiny file', referenceAudio().subarray(0, 255), 'audio must have at least 256 bytes'],
    ['noise', noise, 'audio cannot be decoded as audio'],
    ['noise behind the magic of WAV', behind('RIFF\xff\xff\0\0WAVE'), 'audio cannot be decoded as audio'],
    ['noise behind the magic of FLAC', behind('fLaC'), 'audio cannot be decoded as audio'],
    ['noise behind the magic of Ogg', behind('OggS'), 'audio cannot be decoded as audio'],
    ['noise behind the magic of MP3', behind('ID3\x03\0\0\0\0\0\0'), 'audio cannot be decoded as audio'],
    ['noise behind the magic of MP4', behind('\0\0\0\x20ftypM4A '), 'audio cannot be decoded as audio'],
    ['noise behind the magic of WebM', behind('\x1a\x45\xdf\xa3'), 'audio cannot be decoded as audio'],
    ['a header with too little behind it', wavOf(tone(0.02)), 'audio must be 0.3 to 120 seconds long'],
    ['silence', wavOf(new Uint8Array(20_000)), 'audio must not be silent'],
    [
      'silence with a click',
      wavOf(Uint8Array.from({ length: 20_000 }, (_, i) => (i % 2 ? 0 : 30))),
      'audio must not be silent',
    ],
  ])('%s', async (_, audio, message) => {
    expect(await refusal(audio)).toBe(message);
  });
});

test('what nobody here opens is believed by its first bytes: the origin finds out', async () => {
  for (const head of ['\x30\x26\xb2\x75\x8e\x66\xcf\x11', 'ADIF']) {
    expect(await refusal(behind(head))).toBeUndefined();
  }
});

test('a check of whom its client has left ends', async () => {
  const leaving = new AbortController();
  const long = wavOf(new Uint8Array(8000 * 2 * 100));
  const check = checkVoiceSample('audio', long, { clock: realClock, wasm }, leaving.signal);
  leaving.abort();
  await expect(check).rejects.toBeInstanceOf(ClientGone);
});

test('others have their turn while large files are checked, and who cannot be judged in time is let through', async () => {
  const large = wavOf(new Uint8Array(8000 * 2 * 119));
  let turns = 0;
  const turning = setInterval(() => turns++, 1);
  const all = await Promise.allSettled(Array.from({ length: 30 }, () => refusal(large, realClock)));
  clearInterval(turning);
  expect(turns).toBeGreaterThan(10);
  for (const each of all) {
    expect(each.status).toBe('fulfilled');
    if (each.status === 'fulfilled') expect([undefined, 'audio must not be silent']).toContain(each.value);
  }
});
