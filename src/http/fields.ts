import * as z from 'zod';
import { invalid } from '../core/errors.ts';
import { firstIssue } from '../core/first-issue.ts';
import type { AudioFormat } from '../speech/output.ts';
import { countCodePoints } from '../speech/speakable.ts';

/** Field parsers that the dialects share. Each message names its field, as the dialects' clients print it. */

/** The fields of a request. @throws SpeechFailure invalid_value naming the first bad field */
export function parseFields<T>(schema: z.ZodType<T>, fields: unknown): T {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const { message, path } = firstIssue(result.error);
  throw invalid(message, path[0]);
}

/** A field that may be missing; `clean` makes undefined of all else that means that it is unset. */
export function optional<T>(
  schema: z.ZodType<T>,
  clean: (value: unknown) => unknown = unsetWhenNull,
): z.ZodType<T | undefined> {
  return z.preprocess(clean, schema.optional()).optional(); // the outer one: most fields are missing, and are gone past
}

/** One of a query or a form: all of it is text, and an empty one is unset. */
export function optionalText<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return optional(schema, (value) => fromText(unsetWhenEmpty(value)));
}

/** `null`, `''` and 0 mean unset: the Go clients send every field of their struct. */
export function unsetWhenZero(value: unknown): unknown {
  return value === null || value === '' || value === 0 ? undefined : value;
}

export function unsetWhenEmpty(value: unknown): unknown {
  return value === null || value === '' ? undefined : value;
}

function unsetWhenNull(value: unknown): unknown {
  return value === null ? undefined : value;
}

/** Forms carry numbers as text. */
export function fromText(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[-+]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What every dialect lets its clients ask for: Hz, kbit/s, decibels. */
export const speechRanges = {
  speed: { min: 0.25, max: 4 },
  volume: { min: -20, max: 20 },
  seed: { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
  sampleRate: { min: 8000, max: 48_000 },
  bitrate: { min: 6, max: 512 },
} as const satisfies Readonly<Record<string, Range>>;

export function numberField(name: string, { min, max }: Range): z.ZodType<number> {
  const error = `${name} must be between ${decimal(min)} and ${decimal(max)}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

export function integerField(name: string, { min, max }: Range): z.ZodType<number> {
  const error = `${name} must be between ${min} and ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** pydantic's lax booleans: what Python and form clients send. */
export function booleanField(name: string): z.ZodType<boolean> {
  const anything = z.unknown().transform((value, context) => {
    const word = typeof value === 'string' ? value.toLowerCase() : value;
    if ([true, 1, '1', 'true', 'yes', 'on', 't', 'y'].includes(word as string)) return true;
    if ([false, 0, '0', 'false', 'no', 'off', 'f', 'n'].includes(word as string)) return false;
    context.addIssue(`${name} must be true or false`);
    return z.NEVER;
  });
  return anything.meta({ type: 'boolean' }); // in the description of the API
}

export function textField(name: string, maxLength: number): z.ZodType<string> {
  return z
    .string({ error: `${name} must be a string` })
    .max(maxLength, { error: `${name} must have at most ${maxLength} characters` });
}

export function choiceField<const T extends string>(name: string, options: readonly T[]): z.ZodType<T> {
  return z.enum(options as readonly [T, ...T[]], { error: `${name} must be one of ${options.join(', ')}` });
}

/** Whether a text has more code points than that. */
export function isLongerThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  return text.length > 2 * limit || countCodePoints(text) > limit;
}

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
