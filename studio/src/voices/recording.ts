import { RATE } from '../api/speech.ts';
import { Peaks } from '../audio/peaks.ts';
import { toInt16, wavOf } from '../audio/wav.ts';
import type { Key } from '../i18n/i18n.ts';

/** What the server takes (docs/api.md, "Voices of your own"). Seconds, decibels below full scale, parts of all samples. */
const MIN_SECONDS = 10;
const MAX_SECONDS = 30;
const MIN_LEVEL = -40;
const MAX_LEVEL = -6;
const FULL_SCALE = 0.999;
const MAX_CLIPPED = 0.005;
const SILENCE = 10 ** (-50 / 20);
const MAX_SILENT = 0.6;
const FRAME_SECONDS = 0.02;

/** A recording, and what can be said about it before the server has seen it. */
export interface Recording {
  readonly file: Blob;
  readonly seconds: number;
  /** dBFS. */
  readonly level: number;
  readonly peaks: Peaks;
  /** What is wrong with it; undefined when all is well. */
  readonly fault: Key | undefined;
}

export function recordingOf(samples: Float32Array, rate: number): Recording {
  const whole = toInt16(samples);
  const peaks = new Peaks(rate);
  peaks.append(whole);
  const seconds = samples.length / rate;
  const level = levelOf(samples);
  const fault = faultOf(samples, rate, seconds, level);
  return { file: wavOf(whole, rate), seconds, level, peaks, fault };
}

/** Any file that the browser can play. @throws DOMException for one that it cannot */
export async function recordingIn(file: File): Promise<Recording> {
  const context = new OfflineAudioContext(1, 1, RATE);
  const sound = await context.decodeAudioData(await file.arrayBuffer());
  const mono = new Float32Array(sound.length);
  for (let channel = 0; channel < sound.numberOfChannels; channel++) {
    const samples = sound.getChannelData(channel);
    for (let i = 0; i < mono.length; i++)
      mono[i] = (mono[i] ?? 0) + (samples[i] ?? 0) / sound.numberOfChannels;
  }
  return recordingOf(mono, sound.sampleRate);
}

function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
}

function faultOf(samples: Float32Array, rate: number, seconds: number, level: number): Key | undefined {
  if (seconds < MIN_SECONDS) return 'makeTooShort';
  if (seconds > MAX_SECONDS) return 'makeTooLong';
  if (level < MIN_LEVEL) return 'makeTooQuiet';
  let clipped = 0;
  for (const sample of samples) if (Math.abs(sample) >= FULL_SCALE) clipped++;
  if (level > MAX_LEVEL || clipped > MAX_CLIPPED * samples.length) return 'makeTooLoud';
  return silentPart(samples, rate) > MAX_SILENT ? 'makeSilent' : undefined;
}

function silentPart(samples: Float32Array, rate: number): number {
  const size = Math.round(rate * FRAME_SECONDS);
  let silent = 0;
  let frames = 0;
  for (let at = 0; at + size <= samples.length; at += size, frames++) {
    let sum = 0;
    for (let i = at; i < at + size; i++) sum += (samples[i] ?? 0) ** 2;
    if (Math.sqrt(sum / size) < SILENCE) silent++;
  }
  return frames === 0 ? 1 : silent / frames;
}

/** The server's refusal of a recording or its name, as the page says it; undefined for any other. */
export function refusalOf(message: string): Key | undefined {
  const known: readonly (readonly [RegExp, Key])[] = [
    [/lasts ([\d.]+) s; it must last/, 'makeTooShort'],
    [/silent/, 'makeSilent'],
    [/full scale|clipp/, 'makeTooLoud'],
    [/level/, 'makeTooQuiet'],
    [/name.*(?:taken|another|exists|already)/i, 'makeTaken'],
  ];
  const [, key] = known.find(([pattern]) => pattern.test(message)) ?? [];
  const [, seconds] = /lasts ([\d.]+) s/.exec(message) ?? [];
  return key === 'makeTooShort' && Number(seconds) > MAX_SECONDS ? 'makeTooLong' : key;
}
