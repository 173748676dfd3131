import * as z from 'zod';
import { defaultSampling, type SpeechRequest } from '../../core/request.ts';
import {
  booleanField,
  choiceField,
  integerField,
  isLongerThan,
  numberField,
  textField,
  unsetWhenNull,
} from '../../http/fields.ts';
import type { Limits } from '../../http/options.ts';
import { cloudModel } from '../../speech/models.ts';
import type { Output } from '../../speech/output.ts';
import { isBlank } from '../../speech/speakable.ts';
import { refused, type SchemaIssue, unprocessable } from './error-body.ts';
import { formNames, formOf } from './output-formats.ts';

const MAX_NAME = 256;
const MAX_SEED = 2 ** 32 - 1;
const MAX_NEIGHBOURS = 3;
const MAX_ISSUES = 10;

const unset = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> =>
  z.preprocess(unsetWhenNull, schema.optional());
const share = (name: string): z.ZodType<number | undefined> => unset(numberField(name, { min: 0, max: 1 }));
const anyText: z.ZodType<string | undefined> = unset(z.string());
const flag = (name: string): z.ZodType<boolean | undefined> => unset(booleanField(name));
const requestIds = unset(z.array(z.string().max(MAX_NAME)).max(MAX_NEIGHBOURS));

/** What bodies and the first messages of sockets have in common. */
export interface CommonFields {
  readonly voice_settings?: { readonly speed?: number | undefined } | undefined;
  readonly pronunciation_dictionary_locators?: readonly unknown[] | undefined;
}

/** The engines have the speed alone: the other settings are checked, and change nothing. */
export const commonFields: { readonly [Name in keyof CommonFields]-?: z.ZodType<CommonFields[Name]> } = {
  voice_settings: unset(
    z.object({
      stability: share('stability'),
      similarity_boost: share('similarity_boost'),
      style: share('style'),
      use_speaker_boost: flag('use_speaker_boost'),
      speed: unset(numberField('speed', { min: 0.25, max: 4 })),
    }),
  ),
  pronunciation_dictionary_locators: unset(z.array(z.unknown())),
};

const speechBody = z.object({
  text: z.string({
    error: ({ input }) => (input === undefined ? 'Field required' : 'text must be a string'),
  }),
  model_id: unset(textField('model_id', MAX_NAME)),
  language_code: unset(textField('language_code', MAX_NAME)),
  seed: unset(integerField('seed', { min: 0, max: MAX_SEED })),
  previous_text: anyText,
  next_text: anyText,
  previous_request_ids: requestIds,
  next_request_ids: requestIds,
  use_pvc_as_ivc: flag('use_pvc_as_ivc'),
  apply_text_normalization: unset(choiceField('apply_text_normalization', ['auto', 'on', 'off'])),
  apply_language_text_normalization: flag('apply_language_text_normalization'),
  audio_effects: unset(z.unknown()),
  ...commonFields,
});

export interface AskedSpeech {
  readonly request: SpeechRequest;
  readonly output: Output;
}

/**
 * A body of `POST /v1/text-to-speech/{voice_id}` and its like. Unknown fields are ignored, as ElevenLabs does; so is every
 * `model_id` that is none of the Fish Audio cloud's (docs/decisions/0013).
 * @throws FailureWithResponse with ElevenLabs' own body
 */
export function parseSpeech(
  body: unknown,
  voice: string,
  query: URLSearchParams,
  limits: Limits,
): AskedSpeech {
  const fields = checked(speechBody, body);
  const { text } = fields;
  if (isBlank(text)) throw refused('empty_text', 'The text says nothing.', 'text');
  if (limits.maxTextLength > 0 && isLongerThan(text, limits.maxTextLength)) {
    throw refused('text_too_long', `The text has more than ${limits.maxTextLength} characters.`, 'text');
  }
  if (fields.audio_effects !== undefined)
    throw refused('invalid_parameters', 'This server has no audio effects.', 'audio_effects');
  return {
    request: {
      ...requestFor(voice, fields, fields.model_id ?? query.get('model_id') ?? undefined),
      text,
      seed: fields.seed,
      ...(fields.apply_text_normalization === 'off' && {
        sampling: { ...defaultSampling, normalize: false },
      }),
    },
    output: outputOf(query, limits),
  };
}

/** @throws FailureWithResponse for pronunciation dictionaries of ElevenLabs, which nobody has here */
export function requestFor(voice: string, fields: CommonFields, model: string | undefined): SpeechRequest {
  const name = 'pronunciation_dictionary_locators';
  if ((fields[name] ?? []).length > 0) {
    const message = 'This server has no dictionaries of ElevenLabs: teach it words at /v1/pronunciations.';
    throw refused('invalid_parameters', message, name);
  }
  return {
    text: '',
    voice,
    speed: fields.voice_settings?.speed ?? 1,
    references: [],
    sampling: defaultSampling,
    whole: false,
    model: cloudModel(model),
    repeatable: true,
  };
}

/** @throws FailureWithResponse for a format that does not exist */
export function outputOf(query: URLSearchParams, limits: Limits): Output {
  const form = formOf(query.get('output_format') ?? undefined);
  if (!form) {
    const message = `output_format must be one of ${formNames.join(', ')}`;
    throw refused('invalid_output_format', message, 'output_format');
  }
  return { ...form, whole: false, maxWholeBytes: limits.maxWholeAudio };
}

/** @throws FailureWithResponse that says what does not fit, and where */
export function checked<T>(schema: z.ZodType<T>, value: unknown, where = 'body'): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const settings = issues.find(({ path }) => path[0] === 'voice_settings' && path.length > 1);
  if (settings)
    throw refused('invalid_voice_settings', settings.message, settings.path.map(String).join('.'));
  throw unprocessable(issues.slice(0, MAX_ISSUES).map((issue) => schemaIssue(issue, where)));
}

function schemaIssue({ path, message, code }: z.core.$ZodIssue, where: string): SchemaIssue {
  const loc = [where, ...path.map((part) => (typeof part === 'number' ? part : String(part)))];
  return { loc, msg: message, type: message === 'Field required' ? 'missing' : code };
}
