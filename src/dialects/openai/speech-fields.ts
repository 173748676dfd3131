import * as z from 'zod';
import { invalid } from '../../core/errors.ts';
import { defaultSampling, type SpeechRequest } from '../../core/request.ts';
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
  speechRanges,
  textField,
  unsetWhenEmpty,
} from '../../http/fields.ts';
import type { Limits } from '../../http/options.ts';
import { languageSaid } from '../../speech/language/language-tag.ts';
import { cloudModel, isModelName } from '../../speech/models.ts';
import { type AudioFormat, audioFormatNames, type Output } from '../../speech/output.ts';
import { isBlank } from '../../speech/speakable.ts';

const MAX_NAME = 256;
/** As OpenAI has it. */
const MAX_INSTRUCTIONS = 4096;
/** OpenAI's pcm is always 24 kHz (API reference); pipecat and others rely on it. */
const PCM_RATE = 24_000;
const defaultFormat: AudioFormat = 'mp3';

/** What to say and how to answer. */
export interface AskedSpeech {
  readonly request: SpeechRequest;
  readonly output: Output;
  /** `audio`: the encoded bytes. `sse`: events that carry them. */
  readonly stream: 'audio' | 'sse';
  /** The client wants to know when what is said. */
  readonly timestamps: boolean;
  /** A model that is none, sent without a voice: some clients (LocalAI's dialect) send the voice so. */
  readonly maybeVoice?: string | undefined;
}

/**
 * A body of `POST /v1/audio/speech` (OpenAI API reference, with extensions). `text` and `format` are accepted for `input`
 * and `response_format`; unknown fields are ignored, as clients send many; so is every `model` that is none of the Fish
 * Audio cloud's (docs/decisions/0013).
 * @throws SpeechFailure invalid_value naming the first bad field
 */
export function parseOpenaiSpeech(body: unknown, limits: Limits): AskedSpeech {
  const fields = parseFields(speechSchema, withAliases(body));
  const { input, voice, speed = 1, model } = fields;
  if (isLongerThan(input, limits.maxInputLength)) {
    throw invalid(`input must have at most ${limits.maxInputLength} characters`, 'input');
  }
  return {
    request: {
      text: input,
      voice,
      speed,
      references: [],
      sampling: defaultSampling,
      whole: false,
      seed: fields.seed,
      volumeDb: fields.volume,
      model: cloudModel(model),
      instructions: fields.instructions,
      language: languageSaid(fields.language),
      repeatable: true, // nothing here asks for chance
    },
    output: outputOf(fields, limits),
    stream: fields.stream_format ?? 'audio',
    timestamps: fields.timestamps ?? false,
    maybeVoice: voice === undefined && model !== undefined && !isModelName(model) ? model : undefined,
  };
}

function outputOf(fields: SpeechFields, limits: Limits): Output {
  const { response_format: format = defaultFormat } = fields;
  return {
    format,
    rate: fields.sample_rate ?? (format === 'pcm' ? PCM_RATE : undefined),
    bitrate: bitrateFor(format, fields),
    whole: false,
    maxWholeBytes: limits.maxWholeAudio,
  };
}

function withAliases(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const fields = body as Record<string, unknown>;
  return {
    ...fields,
    input: fields.input ?? fields.text,
    response_format: fields.response_format ?? fields.format,
  };
}

/** A name, or `{"id": name}` for custom voices (OpenAI spec 2.3). */
export const voiceField: z.ZodType<string | undefined> = z.preprocess(
  (value) => (typeof value === 'object' && value !== null && 'id' in value ? value.id : value),
  optional(textField('voice', MAX_NAME), unsetWhenEmpty),
);

export const speechSchema = z.object(
  {
    input: z
      .string({ error: 'input must be a string' })
      .refine((text) => !isBlank(text), { error: 'input must say something' }),
    model: optional(textField('model', MAX_NAME), unsetWhenEmpty),
    voice: voiceField,
    response_format: optional(choiceField('response_format', audioFormatNames), unsetWhenEmpty),
    speed: optional(z.preprocess(fromText, numberField('speed', speechRanges.speed))),
    stream_format: optional(choiceField('stream_format', ['audio', 'sse']), unsetWhenEmpty),
    instructions: optional(textField('instructions', MAX_INSTRUCTIONS), unsetWhenEmpty),
    ...audioFields(optional),
    language: optional(textField('language', MAX_NAME), unsetWhenEmpty),
    volume: optional(numberField('volume', speechRanges.volume)),
    seed: optional(integerField('seed', speechRanges.seed)),
    timestamps: optional(booleanField('timestamps')),
  },
  { error: 'The body must be an object.' },
);

type SpeechFields = z.infer<typeof speechSchema>;
