import { type Sound, Undecodable } from '../audio/decode/sound.ts';
import { toInt16 } from '../audio/pcm.ts';
import { wavHeader } from '../audio/wav.ts';
import { joinBytes } from '../core/bytes.ts';
import { invalid, SpeechFailure } from '../core/errors.ts';
import type { Ports } from '../core/ports.ts';
import { ClientGone } from '../stream/cancel.ts';
import { type Breathe, OutOfTime, takeTurns } from './voice-sample.ts';

/** What a recording must be for a voice to be made of it. */
const recordingLimits = {
  seconds: { min: 10, max: 30 },
  /** Hz. */
  rate: { min: 16_000, max: 48_000 },
  /** Level of what is no silence, in decibels below full scale. */
  level: { min: -40, max: -6 },
  /** Percent of its time that may be silent: below `SILENT_DB`. */
  silent: 60,
  /** Percent of its samples that may be at full scale. */
  clipped: 0.5,
} as const;

/** Encoders pad a file by a part of their frame. */
const PADDING_SECONDS = 0.1;
/** A longer recording is measured up to here, and nothing behind it is decoded. */
const MEASURED_SECONDS = 2 * recordingLimits.seconds.max;
const SILENT_DB = -50;
const FRAME_SECONDS = 0.02;
/** 16-bit steps. */
const AT_FULL_SCALE = 32_700;
const FULL_SCALE = 32_768;
const types = ['WAV', 'MP3', 'FLAC'] as const;
const wanted = 'it must be WAV, MP3 or FLAC';

/** What a recording was found to be. */
export interface VoiceRecording {
  readonly type: (typeof types)[number];
  readonly seconds: number;
  /** Hz. */
  readonly rate: number;
  /** In the file that came. */
  readonly channels: number;
  /** In decibels below full scale, silence left out. */
  readonly levelDb: number;
  /** The same sound as a WAV file, mono, 16 bit, at its own rate. */
  readonly wav: Uint8Array<ArrayBuffer>;
}

/** What somebody said that a file is: a name or a media type. */
export type CalledType = string | undefined;

/** Everything else in the process has a turn after so much of it: a few milliseconds of work. */
const SLICE_SECONDS = 0.25;
/** For the decoding and the wait before it. */
const MAX_MS = 20_000;
const inTurn = takeTurns();

/**
 * Decodes the whole of a recording and measures it. What is too long is decoded up to a bound and no further.
 *
 * @param called what the client called the file, if it did: its content decides, and must not be another
 * @throws SpeechFailure `invalid_value` that says what was measured and what is allowed; `overloaded`; ClientGone
 */
export async function measureRecording(
  name: string,
  audio: Uint8Array,
  called: readonly CalledType[],
  clock: Ports['clock'],
  signal: AbortSignal,
): Promise<VoiceRecording> {
  const type = typeOf(name, audio);
  for (const claim of called.map(claimedType)) {
    if (claim !== undefined && claim !== type)
      throw invalid(`${name} is called ${claim} and is ${type}`, name);
  }
  const work = (breathe: Breathe): Promise<VoiceRecording> => decode(name, type, audio, breathe, signal);
  return inTurn(clock, signal, work, MAX_MS).catch((error: unknown) => {
    if (signal.aborted) throw new ClientGone(signal.reason);
    if (error instanceof OutOfTime)
      throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: 5 }, error);
    if (error instanceof Undecodable) {
      throw new SpeechFailure(invalid(`${name} cannot be decoded as ${type}`, name).error, error);
    }
    throw error;
  });
}

async function decode(
  name: string,
  type: VoiceRecording['type'],
  audio: Uint8Array,
  breathe: Breathe,
  signal: AbortSignal,
): Promise<VoiceRecording> {
  const { openSound } = await import('../audio/decode/open.ts'); // only who sends recordings pays for the codecs
  const { NoDecoder } = await import('../audio/decode/sound.ts');
  const noOpus = async (): Promise<never> => {
    throw new NoDecoder();
  };
  const sound = await openSound(audio, { opus: noOpus }, signal).catch((error: unknown) => {
    throw error instanceof NoDecoder ? notHere(name, type) : error;
  });
  const { rate, channels } = sound;
  const { min, max } = recordingLimits.rate;
  if (rate < min || rate > max)
    throw invalid(`${name} has ${rate} Hz; it must have ${min} to ${max} Hz`, name);
  if (channels > 2) throw invalid(`${name} has ${channels} channels; it must have 1 or 2`, name);
  if ((sound.seconds ?? 0) > MEASURED_SECONDS) throw wrongLength(name, `${sound.seconds?.toFixed(1)} s`);
  const meter = new Meter(rate);
  const parts: Uint8Array[] = [];
  await read(sound, meter, parts, breathe).catch((error: unknown) => {
    throw error instanceof NoDecoder ? notHere(name, type) : error;
  });
  const levelDb = meter.check(name);
  const pcm = joinBytes(parts);
  const wav = joinBytes([wavHeader({ rate, channels: 1, dataBytes: pcm.length }), pcm]);
  return { type, seconds: meter.seconds, rate, channels, levelDb, wav };
}

/** Reads no more than is measured, and keeps no more than is allowed. */
async function read(sound: Sound, meter: Meter, parts: Uint8Array[], breathe: Breathe): Promise<void> {
  let rested = 0;
  for await (const pcm of sound.pcm()) {
    meter.push(toInt16(pcm));
    if (meter.seconds <= recordingLimits.seconds.max + PADDING_SECONDS) parts.push(pcm.slice());
    if (meter.seconds > MEASURED_SECONDS) return;
    if (meter.seconds - rested >= SLICE_SECONDS) {
      rested = meter.seconds;
      await breathe();
    }
  }
}

/** Counts what is heard. */
class Meter {
  readonly #rate: number;
  readonly #frame: number;
  #samples = 0;
  #clipped = 0;
  /** Of the frame that is being filled. */
  #energy = 0;
  #inFrame = 0;
  /** Of all frames that are no silence. */
  #heardEnergy = 0;
  #heardFrames = 0;
  #frames = 0;

  constructor(rate: number) {
    this.#rate = rate;
    this.#frame = Math.round(rate * FRAME_SECONDS);
  }

  get seconds(): number {
    return this.#samples / this.#rate;
  }

  push(samples: Int16Array): void {
    this.#samples += samples.length;
    for (const sample of samples) {
      if (sample >= AT_FULL_SCALE || sample <= -AT_FULL_SCALE) this.#clipped++;
      this.#energy += sample * sample;
      if (++this.#inFrame === this.#frame) this.#endFrame();
    }
  }

  #endFrame(): void {
    this.#frames++;
    if (decibels(this.#energy / this.#frame) >= SILENT_DB) {
      this.#heardFrames++;
      this.#heardEnergy += this.#energy / this.#frame;
    }
    this.#energy = 0;
    this.#inFrame = 0;
  }

  /** The level. @throws SpeechFailure for what no voice can be made of */
  check(name: string): number {
    const { seconds, silent, clipped, level } = recordingLimits;
    if (this.seconds > MEASURED_SECONDS) throw wrongLength(name, `more than ${MEASURED_SECONDS} s`);
    if (this.seconds < seconds.min - PADDING_SECONDS || this.seconds > seconds.max + PADDING_SECONDS) {
      throw wrongLength(name, `${this.seconds.toFixed(1)} s`);
    }
    const silentPercent = 100 * (1 - this.#heardFrames / Math.max(1, this.#frames));
    if (silentPercent > silent) {
      const measured = `${silentPercent.toFixed(0)} % of it is below ${SILENT_DB} dBFS`;
      throw invalid(`${name} is silent: ${measured}; at most ${silent} % may be`, name);
    }
    const clippedPercent = (100 * this.#clipped) / this.#samples;
    if (clippedPercent > clipped) {
      const measured = `${clippedPercent.toFixed(1)} % of its samples are at full scale`;
      throw invalid(`${name} is clipped: ${measured}; at most ${clipped} % may be`, name);
    }
    const levelDb = decibels(this.#heardEnergy / this.#heardFrames);
    if (levelDb < level.min || levelDb > level.max) {
      const limits = `${level.min} to ${level.max} dBFS`;
      throw invalid(`${name} has a level of ${levelDb.toFixed(1)} dBFS; it must have ${limits}`, name);
    }
    return levelDb;
  }
}

function decibels(meanSquare: number): number {
  return 10 * Math.log10(meanSquare / FULL_SCALE ** 2);
}

function wrongLength(name: string, measured: string): SpeechFailure {
  const { min, max } = recordingLimits.seconds;
  return invalid(`${name} lasts ${measured}; it must last ${min} to ${max} s`, name);
}

function notHere(name: string, type: string): SpeechFailure {
  return invalid(`${name} is ${type}, which this server cannot decode: send WAV or FLAC`, name);
}

/** How each kind of file begins. */
const beginnings: readonly (readonly [type: string, at: number, bytes: string])[] = [
  ['WAV', 8, 'WAVE'],
  ['FLAC', 0, 'fLaC'],
  ['AIFF', 0, 'FORM'],
  ['Ogg', 0, 'OggS'],
  ['MP4', 4, 'ftyp'],
  ['WebM', 0, '\x1a\x45\xdf\xa3'],
  ['WMA', 0, '\x30\x26\xb2\x75'],
  ['MP3', 0, 'ID3'],
];

/** By its content, whatever it is called. @throws SpeechFailure for what is none of the three */
function typeOf(name: string, audio: Uint8Array): VoiceRecording['type'] {
  const begins = (at: number, text: string): boolean =>
    Array.from(text).every((letter, index) => audio[at + index] === letter.charCodeAt(0));
  const [found] = beginnings.find(([, at, text]) => begins(at, text)) ?? [];
  const isLayer3 = audio[0] === 0xff && ((audio[1] ?? 0) & 0xe6) === 0xe2; // ISO 11172-3, 2.4.1.3
  const type = types.find((each) => each === (found ?? (isLayer3 ? 'MP3' : undefined)));
  if (type) return type;
  throw invalid(`${name} is ${found ?? 'no audio that is known here'}; ${wanted}`, name);
}

const claims: readonly (readonly [type: string, spelling: RegExp])[] = [
  ['WAV', /^audio\/(?:x-|vnd\.)?wav(?:e)?\b|\.wave?$/i],
  ['MP3', /^audio\/(?:mpeg|mp3)\b|\.mp3$/i],
  ['FLAC', /^audio\/(?:x-)?flac\b|\.flac$/i],
  ['Ogg', /^audio\/(?:ogg|opus)\b|\.(?:ogg|opus|oga)$/i],
  ['MP4', /^audio\/(?:mp4|x-m4a|m4a)\b|\.(?:m4a|mp4)$/i],
];

/** Undefined where a name or a media type claims nothing, as `application/octet-stream` does. */
function claimedType(called: CalledType): string | undefined {
  return called === undefined ? undefined : claims.find(([, spelling]) => spelling.test(called.trim()))?.[0];
}
