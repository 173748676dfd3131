import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/core/ports.ts';
import { measureRecording, type VoiceRecording } from '../../src/speech/voice-recording.ts';
import { ClientGone } from '../../src/stream/cancel.ts';
import { recordingAudio } from '../reference-audio.ts';
import { realClock } from '../stream/fake-clock.ts';

const nobodyLeaves = new AbortController().signal;
/** No recording is refused for want of time, on however slow a machine. */
const patient: Clock = { ...realClock, now: () => 0 };
const measure = (audio: Uint8Array, called: readonly string[] = []): Promise<VoiceRecording> =>
  measureRecording('reference', audio, called, patient, nobodyLeaves);
const refusal = async (audio: Uint8Array, called: readonly string[] = []): Promise<string> =>
  measure(audio, called).then(
    () => 'none',
    (error: Error) => error.message,
  );

const folder = mkdtempSync(join(tmpdir(), 'fish-edge-recordings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
/** What ffmpeg makes of a source of its own. */
function made(source: string, ...args: string[]): Uint8Array {
  const file = join(folder, 'recording');
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...args, file]);
  return readFileSync(file);
}
const hasFfmpeg = ((): boolean => {
  try {
    execFileSync('ffmpeg', ['-version']);
    return true;
  } catch {
    return false;
  }
})();
const sine = (seconds: number): string =>
  `sine=frequency=220:duration=${seconds}:sample_rate=44100,volume=4dB`;

describe.skipIf(!hasFfmpeg)('a recording (skipped without ffmpeg)', () => {
  test.each([
    ['WAV', 'WAV', ['-f', 'wav', '-ar', '48000']],
    ['stereo WAV of 24 bits', 'WAV', ['-f', 'wav', '-c:a', 'pcm_s24le', '-ac', '2', '-ar', '48000']],
    ['WAV of floats', 'WAV', ['-f', 'wav', '-c:a', 'pcm_f32le', '-ar', '48000']],
    ['MP3 with a tag', 'MP3', ['-f', 'mp3', '-ar', '48000', '-metadata', 'title=Sample']],
    ['MP3 without one', 'MP3', ['-f', 'mp3', '-ar', '48000', '-id3v2_version', '0', '-write_xing', '0']],
    ['FLAC', 'FLAC', ['-f', 'flac', '-ar', '48000']],
  ])('of %s is measured, and becomes mono WAV of its own rate', async (_, type, args) => {
    const { wav, ...measured } = await measure(made(sine(12), ...args));
    expect(measured).toMatchObject({ type, rate: 48_000 });
    expect(measured.seconds).toBeCloseTo(12, 0);
    expect(measured.levelDb).toBeGreaterThan(-22);
    expect(measured.levelDb).toBeLessThan(-14);
    const again = await measure(wav);
    expect(again).toMatchObject({ type: 'WAV', rate: 48_000, channels: 1, seconds: measured.seconds });
  });

  test.each([
    [
      '8 seconds of MP3',
      8,
      ['-f', 'mp3', '-ar', '16000'],
      /^reference lasts 8\.\d s; it must last 10 to 30 s$/,
    ],
    [
      '31 seconds of MP3',
      31,
      ['-f', 'mp3', '-ar', '16000'],
      /^reference lasts 31\.\d s; it must last 10 to 30 s$/,
    ],
    [
      'two minutes of MP3',
      120,
      ['-f', 'mp3', '-ar', '16000'],
      /^reference lasts more than 60 s; it must last/,
    ],
    ['five minutes of FLAC', 300, ['-f', 'flac', '-ar', '16000'], /^reference lasts 300\.0 s; it must last/],
    [
      'MP3 of 8 kHz',
      12,
      ['-f', 'mp3', '-ar', '8000'],
      /^reference has 8000 Hz; it must have 16000 to 48000 Hz$/,
    ],
    ['FLAC of 96 kHz', 12, ['-f', 'flac', '-ar', '96000'], /^reference has 96000 Hz;/],
    [
      'six channels',
      12,
      ['-f', 'wav', '-ac', '6', '-ar', '16000'],
      /^reference has 6 channels; it must have 1 or 2$/,
    ],
    ['Opus', 12, ['-f', 'ogg', '-c:a', 'libopus'], /^reference is Ogg; it must be WAV, MP3 or FLAC$/],
    ['AAC in MP4', 12, ['-f', 'ipod', '-c:a', 'aac'], /^reference is MP4;/],
    ['AAC in ADTS', 12, ['-f', 'adts', '-c:a', 'aac'], /^reference is no audio that is known here;/],
    ['AIFF', 12, ['-f', 'aiff'], /^reference is AIFF;/],
  ])('of %s is refused with what it is', async (_, seconds, args, message) => {
    expect(await refusal(made(sine(seconds), ...args))).toMatch(message);
  });

  test('that does not say how long it is, is decoded no further than a minute', async () => {
    const flac = made('anullsrc=r=16000:cl=mono:d=1200', '-f', 'flac');
    flac.fill(0, 22, 26); // the number of samples in STREAMINFO (RFC 9639, 8.2): unknown
    flac[21] = (flac[21] ?? 0) & 0xf0;
    expect(await refusal(flac)).toBe('reference lasts more than 60 s; it must last 10 to 30 s');
  });

  test('with some silence in it is taken, and of much silence is not', async () => {
    const padded = (seconds: number): Uint8Array =>
      made(`${sine(6)},apad=pad_dur=${seconds}`, '-f', 'wav', '-ar', '16000');
    expect((await measure(padded(5))).seconds).toBeCloseTo(11, 1);
    const silent = 'reference is silent: 70 % of it is below -50 dBFS; at most 60 % may be';
    expect(await refusal(padded(14))).toBe(silent);
  });
});

describe('what a recording is called', () => {
  const audio = recordingAudio();
  test.each([
    [['audio/wav', 'voice.wav'], 'none'],
    [['audio/x-wav'], 'none'],
    [['audio/vnd.wave; codec=1', 'VOICE.WAV'], 'none'],
    [['application/octet-stream', 'voice'], 'none'],
    [['', ''], 'none'],
    [['audio/mpeg', 'voice.wav'], 'reference is called MP3 and is WAV'],
    [['application/octet-stream', 'voice.flac'], 'reference is called FLAC and is WAV'],
    [['audio/ogg'], 'reference is called Ogg and is WAV'],
  ])('%j: %s', async (called, message) => {
    expect(await refusal(audio, called)).toBe(message);
  });
});

describe('a file whose head lies', () => {
  const short = recordingAudio({ seconds: 1 });
  const heads: readonly (readonly [string, Uint8Array])[] = [
    ['WAV', short],
    ...(hasFfmpeg
      ? ([
          ['FLAC', made(sine(1), '-f', 'flac', '-ar', '16000')],
          ['MP3', made(sine(1), '-f', 'mp3', '-ar', '16000')],
        ] as const)
      : []),
  ];
  test.each(heads)('is refused as any other, whatever it says: %s', async (_, file) => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647; // Park and Miller
      return seed % below;
    };
    for (let round = 0; round < 150; round++) {
      const lying = new Uint8Array(file);
      for (let change = 0; change <= random(3); change++)
        lying[4 + random(60)] = [0, 255, random(256)][random(3)] ?? 0;
      const error = await measure(lying).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect([round, error]).toMatchObject([round, { error: { code: 'invalid_value', param: 'reference' } }]);
    }
  });
});

describe('measuring', () => {
  test('ends when the client leaves', async () => {
    const leaving = new AbortController();
    const measuring = measureRecording(
      'reference',
      recordingAudio({ seconds: 29 }),
      [],
      patient,
      leaving.signal,
    );
    leaving.abort();
    await expect(measuring).rejects.toBeInstanceOf(ClientGone);
  });

  test('says that the server is busy where there is no time for it', async () => {
    let now = 0;
    const late: Clock = { ...realClock, now: () => (now += 10_000) };
    const measuring = measureRecording('reference', recordingAudio(), [], late, nobodyLeaves);
    await expect(measuring).rejects.toMatchObject({ error: { code: 'overloaded' } });
  });

  test('takes several recordings at once, one after the other', async () => {
    const many = Array.from({ length: 5 }, () => measure(recordingAudio()));
    expect((await Promise.all(many)).map(({ seconds }) => seconds)).toEqual([11, 11, 11, 11, 11]);
  });
});
