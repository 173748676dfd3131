import * as z from 'zod';
import type { AudioFormat } from '../speech/output.ts';
import { integerField, numberField, speechRanges } from './fields.ts';

/** How the audio is to be, beyond its format: fields that neither OpenAI nor Fish-Speech has, or only one of them. */
export type AudioFields = z.infer<z.ZodObject<ReturnType<typeof audioFields>>>;

/** What stands for the encoder's own choice (docs/fish-speech.md). */
const AUTOMATIC_BITRATE = -1000;
/** From here on a number is bits a second: the Fish Audio specification has those, its clients send kilobits. */
const MIN_BITS = 6000;

const opusBitrate: z.ZodType<number | undefined> = z.preprocess((value) => {
  if (value === AUTOMATIC_BITRATE) return undefined;
  return typeof value === 'number' && value >= MIN_BITS ? value / 1000 : value;
}, numberField('opus_bitrate', { min: 6, max: 510 }).optional());

/** Hz and kbit/s. @param unset makes a field one that may be missing, as its dialect has it */
export function audioFields(unset: <T>(schema: z.ZodType<T>) => z.ZodType<T | undefined>) {
  return {
    sample_rate: unset(integerField('sample_rate', speechRanges.sampleRate)),
    bitrate: unset(numberField('bitrate', speechRanges.bitrate)),
    mp3_bitrate: unset(numberField('mp3_bitrate', { min: 8, max: 320 })),
    opus_bitrate: unset(opusBitrate),
  };
}

/** The bit rate for a format in kbit/s; undefined is its usual one. */
export function bitrateFor(format: AudioFormat, fields: AudioFields): number | undefined {
  const own = format === 'mp3' ? fields.mp3_bitrate : format === 'opus' ? fields.opus_bitrate : undefined;
  return own ?? fields.bitrate;
}
