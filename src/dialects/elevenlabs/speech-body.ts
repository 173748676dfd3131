import * as z from 'zod';
import { defaultSampling, type SpeechRequest } from '../../core/request.ts';
import {
  booleanField,
  choiceField,
  integerField,
  isLongerThan,
  numberField,
  optional,
  textField,
} from '../../http/fields.ts';
import type { Limits } from '../../http/options.ts';
import { languageSaid } from '../../speech/language/language-tag.ts';
import { cloudModel } from '../../speech/models.ts';
import type { AudioFormat, Output } from '../../speech/output.ts';
import { isBlank } from '../../speech/speakable.ts';
import { refused, type SchemaIssue, unprocessable } from './error-body.ts';

const MAX_NAME = 256;
const MAX_SEED = 2 ** 32 - 1;
const MAX_NEIGHBOURS = 3;
const MAX_ISSUES = 10;

const share = (name: string): z.ZodType<number | undefined> =>
  optional(numberField(name, { min: 0, max: 1 }));
const anyText: z.ZodType<string | undefined> = optional(z.string());
const flag = (name: string): z.ZodType<boolean | undefined> => optional(booleanField(name));
const requestIds = optional(z.array(z.string().max(MAX_NAME)).max(MAX_NEIGHBOURS));

/**
 * What bodies and the first messages of sockets have in common. The engines have the speed alone: the other settings are checked,
 * and change nothing.
 */
export const commonFields = {
  voice_settings: optional(
    z.object({
      stability: share('stability'),
      similarity_boost: share('similarity_boost'),
      style: share('style'),
      use_speaker_boost: flag('use_speaker_boost'),
      speed: optional(numberField('speed', { min: 0.25, max: 4 })),
    }),
  ),
  pronunciation_dictionary_locators: optional(z.array(z.unknown())),
};

export type CommonFields = Readonly<Partial<z.infer<z.ZodObject<typeof commonFields>>>>;

export const speechBody = z.object({
  text: z.string({
    error: ({ input }) => (input === undefined ? 'Field required' : 'text must be a string'),
  }),
  model_id: optional(textField('model_id', MAX_NAME)),
  language_code: optional(textField('language_code', MAX_NAME)),
  seed: optional(integerField('seed', { min: 0, max: MAX_SEED })),
  previous_text: anyText,
  next_text: anyText,
  previous_request_ids: requestIds,
  next_request_ids: requestIds,
  use_pvc_as_ivc: flag('use_pvc_as_ivc'),
  apply_text_normalization: optional(choiceField('apply_text_normalization', ['auto', 'on', 'off'])),
  apply_language_text_normalization: flag('apply_language_text_normalization'),
  audio_effects: optional(z.unknown()),
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
      language: languageSaid(fields.language_code),
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

/** What `output_format` means: the format, Hz, and kbit/s where the format has a bit rate. */
type Form = Pick<Output, 'format' | 'rate' | 'bitrate'>;

const pcmRates: readonly number[] = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
const bitrates: readonly number[] = [32, 64, 96, 128, 192];
const usualForm = 'mp3_44100_128';

function row(format: AudioFormat, rate: number, bitrate?: number): [string, Form] {
  return [[format, rate, bitrate].filter((part) => part !== undefined).join('_'), { format, rate, bitrate }];
}

/** `codec_rate[_bitrate]` (ElevenLabs API reference, text to speech; @elevenlabs/elevenlabs-js 2.73.0). */
const forms: ReadonlyMap<string, Form> = new Map([
  ...pcmRates.flatMap((rate) => [row('pcm', rate), row('wav', rate)]),
  row('mp3', 22_050, 32),
  row('mp3', 24_000, 48),
  ...bitrates.flatMap((bitrate) => [row('mp3', 44_100, bitrate), row('opus', 48_000, bitrate)]),
  row('mp3', 44_100), // of the WebSocket's reference
  row('ulaw', 8000),
  row('alaw', 8000),
]);

/** Undefined for a name that means no format. */
function formOf(name: string | undefined): Form | undefined {
  return forms.get(name || usualForm);
}

export const formNames: readonly string[] = [...forms.keys()].toSorted();
