import * as z from 'zod';
import { invalid } from '../../core/errors.ts';
import { once } from '../../core/once.ts';
import { defaultSampling, type SpeechRequest } from '../../core/request.ts';
import { parseMix } from '../../core/voice-mix.ts';
import type { DecodedBody } from '../../http/body.ts';
import {
  audioFields,
  bitrateFor,
  booleanField,
  choiceField,
  fromText,
  integerField,
  isLongerThan,
  numberField,
  optional,
  parseFields,
  type Range,
  speechRanges,
  textField,
  unsetWhenZero,
} from '../../http/fields.ts';
import type { Limits } from '../../http/options.ts';
import { cloudModel } from '../../speech/models.ts';
import { type AudioFormat, audioFormatNames, type Output } from '../../speech/output.ts';
import { isBlank } from '../../speech/speakable.ts';
import { refuseLikeUpstream, ttsModel } from './upstream-refusal.ts';
import { referencesField } from './voice-samples.ts';

/** Largest `max_new_tokens`; Fish-Speech itself has no bound. */
const MAX_NEW_TOKENS = 32_768;
const MIN_CHUNK_LENGTH = 100;
const MAX_REFERENCE_ID = 255;
/** Protocol page 1.7: upstream's own rule for ids; everything else could leave its folder. */
const referenceIdRule = /^[a-zA-Z0-9\-_. ]+$/;
/** Fish-Speech and the Fish Audio cloud answer at this rate in Hz, and clients play audio without a head at it. */
const FISH_RATE = 44_100;
/** Of Fish-Speech, and of the Fish Audio cloud (docs/api.md). */
const defaultFormats = { speech: 'wav', cloud: 'mp3' } as const;
/** Their heads say how long they are: unless they are asked for as streams, they are answered whole. */
const sizedFormats: ReadonlySet<AudioFormat> = new Set(['wav', 'flac']);

/** What to say and how to answer. */
export interface Asked {
  readonly request: SpeechRequest;
  readonly output: Output;
}

/** @param model the `model` header, which clients of the Fish Audio cloud send and those of Fish-Speech do not */
export type TtsParser = (body: DecodedBody, model?: string) => Asked;

/**
 * Reads bodies of `POST /v1/tts` (Fish-Speech ServeTTSRequest). Made once: to build a schema costs more than to use it.
 * The parser throws SpeechFailure invalid_value naming the first bad field.
 * @param strict whether upstream's schema has the first word, with its own error body
 */
export function createTtsParser(limits: Limits, strict = false): TtsParser {
  const schemaOf = (textual: boolean) =>
    once(() => ttsText.extend(ttsOptions(limits, textual, strict).shape));
  const [plain, textual] = [schemaOf(false), schemaOf(true)];
  return (body, model) => {
    if (strict) refuseLikeUpstream(body.fields, ttsModel);
    const { text, ...options } = parseFields(body.textual ? textual() : plain(), body.fields);
    if (limits.maxTextLength > 0 && isLongerThan(text, limits.maxTextLength)) {
      throw invalid(`Text is too long, max length is ${limits.maxTextLength}`, 'text');
    }
    return understand(text, options, model, limits);
  };
}

/** What a body may have, for the description of the API. */
export function ttsSchema(limits: Limits): z.ZodType {
  return ttsText.extend(ttsOptions(limits, false, false).shape);
}

/** Reads the same without a text, which comes later. */
export function createTtsOptionsParser(limits: Limits): (fields: object, model?: string) => Asked {
  const schema = once(() => ttsOptions(limits, false, false));
  return (fields, model) => understand('', parseFields(schema(), fields), model, limits);
}

function understand(
  text: string,
  fields: TtsOptions,
  model: string | undefined,
  { maxWholeAudio }: Limits,
): Asked {
  const isCloudClient = model !== undefined;
  const format = fields.format ?? defaultFormats[isCloudClient ? 'cloud' : 'speech'];
  const streaming = fields.streaming ?? false;
  if (streaming && format !== 'wav' && !isCloudClient) {
    throw invalid('Streaming only supports WAV format', 'format');
  }
  const whole = !streaming && sizedFormats.has(format);
  return {
    request: toRequest(text, fields, whole, cloudModel(model)),
    output: {
      format,
      rate: fields.sample_rate ?? (format === 'opus' ? undefined : FISH_RATE), // opus is always 48 kHz
      bitrate: bitrateFor(format, fields),
      whole,
      maxWholeBytes: maxWholeAudio,
    },
  };
}

function toRequest(
  text: string,
  fields: TtsOptions,
  whole: boolean,
  model: string | undefined,
): SpeechRequest {
  return {
    text,
    voice: fields.reference_id,
    speed: fields.prosody?.speed ?? 1,
    volumeDb: fields.prosody?.volume,
    references: fields.references ?? [],
    seed: fields.seed,
    model,
    whole,
    sampling: {
      chunkLength: fields.chunk_length ?? defaultSampling.chunkLength,
      maxNewTokens: fields.max_new_tokens ?? defaultSampling.maxNewTokens,
      topP: fields.top_p ?? defaultSampling.topP,
      repetitionPenalty: fields.repetition_penalty ?? defaultSampling.repetitionPenalty,
      temperature: fields.temperature ?? defaultSampling.temperature,
      normalize: fields.normalize ?? defaultSampling.normalize,
      memoryCache: fields.use_memory_cache ?? defaultSampling.memoryCache,
    },
  };
}

const notAnObject = { error: 'The body must be an object.' };

const ttsText = z.object(
  {
    text: z
      .string({ error: 'text must be a string' })
      .refine((text) => !isBlank(text), { error: 'text is required' }),
  },
  notAnObject,
);

/** An id of upstream's own kind, or a mix of such. */
function isReferenceId(id: string): boolean {
  const ids = parseMix(id)?.map(({ voice }) => voice) ?? [id];
  return ids.every((each) => referenceIdRule.test(each));
}

/** All fields but the text. */
type TtsOptions = z.infer<ReturnType<typeof ttsOptions>>;

function ttsOptions(limits: Limits, textual: boolean, strict: boolean) {
  const unset = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> => optional(schema, unsetWhenZero);
  const lax = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> =>
    optional(schema, (value) => unsetWhenZero(fromText(value)));
  const chunkRange = { min: MIN_CHUNK_LENGTH, max: limits.chunkLengthMax };
  const chunkLength = integerField('chunk_length', chunkRange);
  const number = textual ? lax : unset; // JSON floats are strict upstream; a form has only text
  return z.object(
    {
      chunk_length: lax(strict ? z.preprocess(within(chunkRange), chunkLength) : chunkLength),
      format: unset(choiceField('format', audioFormatNames)),
      references: unset(referencesField(limits)),
      reference_id: unset(
        textField('reference_id', MAX_REFERENCE_ID).refine(isReferenceId, {
          error: 'reference_id must contain only letters, digits, dots, dashes, underscores, and spaces',
        }),
      ),
      seed: lax(integerField('seed', speechRanges.seed)),
      use_memory_cache: unset(choiceField('use_memory_cache', ['on', 'off'])),
      normalize: unset(booleanField('normalize')),
      streaming: unset(booleanField('streaming')),
      max_new_tokens: lax(integerField('max_new_tokens', { min: 1, max: MAX_NEW_TOKENS })),
      top_p: number(numberField('top_p', { min: 0.1, max: 1 })),
      repetition_penalty: number(numberField('repetition_penalty', { min: 0.9, max: 2 })),
      temperature: number(numberField('temperature', { min: 0.1, max: 1 })),
      ...audioFields(lax),
      prosody: unset(
        z.object(
          {
            speed: unset(numberField('prosody.speed', speechRanges.speed)),
            volume: unset(numberField('prosody.volume', speechRanges.volume)),
          },
          { error: 'prosody must be an object' },
        ),
      ),
    },
    notAnObject,
  );
}

/** Upstream's range of `chunk_length` is dead: it takes any integer, and makes nothing of it. */
function within({ min, max }: Range): (value: unknown) => unknown {
  return (value) => (typeof value === 'number' ? Math.min(max, Math.max(min, value)) : value);
}
