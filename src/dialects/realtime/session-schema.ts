import * as z from 'zod';
import {
  booleanField,
  choiceField,
  integerField,
  numberField,
  optional,
  speechRanges,
  textField,
} from '../../http/fields.ts';
import type { LineFormat } from '../../speech/line-audio.ts';
import {
  type AskedTurns,
  type ResponseSettings,
  type SettingsChanges,
  silenceOf,
  type TranscriptionSettings,
} from './session-settings.ts';

/** Code units, as of every text of an event. */
export const MAX_TEXT = 100_000;
export const MAX_NAME = 256;
const MAX_TOOLS = 128;
const MAX_DESCRIPTION = 16_384;
/** Code units of the JSON Schema of a function's parameters. */
const MAX_PARAMETERS = 32_768;
const MAX_METADATA = 16;
const MAX_METADATA_KEY = 64;
const MAX_METADATA_VALUE = 512;
/** What OpenAI's clients may ask for; `inf` is the model's own limit. */
const outputTokens = { min: 1, max: 4096 };
const temperatureRange = { min: 0, max: 2 };
/** Milliseconds. */
const prefixRange = { min: 0, max: 5000 };
const silenceRange = { min: 50, max: 10_000 };

export const functionName: z.ZodType<string> = z
  .string()
  .regex(/^[\w.-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, _, . or -' });

/** G.711 has one rate, and the reference knows one of PCM. */
const formatField: z.ZodType<LineFormat> = z.preprocess(
  (value) => (typeof value === 'string' ? { type: betaFormats[value] ?? value } : value),
  z
    .discriminatedUnion('type', [
      z.object({
        type: z.literal('audio/pcm'),
        rate: optional(z.literal(24_000, { error: 'rate must be 24000' })),
      }),
      z.object({ type: z.literal('audio/pcmu') }),
      z.object({ type: z.literal('audio/pcma') }),
    ])
    .transform(({ type }) => lineFormats[type]),
);

const lineFormats = { 'audio/pcm': 'pcm', 'audio/pcmu': 'ulaw', 'audio/pcma': 'alaw' } as const;
const betaFormats: Readonly<Record<string, string>> = {
  pcm16: 'audio/pcm',
  g711_ulaw: 'audio/pcmu',
  g711_alaw: 'audio/pcma',
};

const turnField: z.ZodType<AskedTurns | null> = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('server_vad'),
      threshold: optional(numberField('threshold', { min: 0, max: 1 })),
      prefix_padding_ms: optional(integerField('prefix_padding_ms', prefixRange)),
      silence_duration_ms: optional(integerField('silence_duration_ms', silenceRange)),
      create_response: optional(booleanField('create_response')),
      interrupt_response: optional(booleanField('interrupt_response')),
    }),
    z.object({
      type: z.literal('semantic_vad'),
      eagerness: optional(choiceField('eagerness', ['low', 'medium', 'high', 'auto'])),
      create_response: optional(booleanField('create_response')),
      interrupt_response: optional(booleanField('interrupt_response')),
    }),
  ])
  .transform((asked): AskedTurns => {
    const { type } = asked;
    const turns = given({
      createResponse: asked.create_response,
      interruptResponse: asked.interrupt_response,
    });
    if (asked.type === 'semantic_vad') {
      const { eagerness = 'auto' } = asked;
      return { ...turns, type, eagerness, silenceMs: silenceOf[eagerness] };
    }
    const detection = given({
      threshold: asked.threshold,
      prefixMs: asked.prefix_padding_ms,
      silenceMs: asked.silence_duration_ms,
    });
    return { ...turns, ...detection, type };
  })
  .nullable();

const transcriptionField: z.ZodType<TranscriptionSettings | null> = z
  .object({
    model: optional(textField('model', MAX_NAME)),
    language: optional(
      z
        .string()
        .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, { error: 'language must be a code as in ISO 639' }),
    ),
    prompt: optional(textField('prompt', MAX_TEXT)),
  })
  .transform(({ model = 'whisper-1', language, prompt }) => ({ model, language, prompt }))
  .nullable();

const noiseField = z
  .object({ type: optional(choiceField('type', ['near_field', 'far_field'])) })
  .transform(({ type }) => type ?? 'near_field')
  .nullable();

const toolField = z
  .object({
    type: z.literal('function', { error: 'This server knows tools of the type function alone.' }),
    name: functionName,
    description: optional(textField('description', MAX_DESCRIPTION)),
    parameters: z.unknown().refine((value) => (JSON.stringify(value) ?? '').length <= MAX_PARAMETERS, {
      error: 'parameters are too long',
    }),
  })
  .transform(({ name, description, parameters }) => ({ name, description, parameters }));

const toolChoiceField: z.ZodType<string> = z.union(
  [
    z.enum(['auto', 'none', 'required']),
    z.object({ type: z.literal('function'), name: functionName }).transform(({ name }) => name),
  ],
  { error: 'tool_choice must be auto, none, required or a function' },
);

const modalitiesField = z
  .array(z.enum(['text', 'audio']))
  .min(1)
  .max(2)
  .transform((asked): ResponseSettings['modality'] => (asked.includes('audio') ? 'audio' : 'text'));

const voiceField: z.ZodType<string | undefined> = z.preprocess(
  (value) => (typeof value === 'object' && value !== null && 'id' in value ? value.id : value),
  optional(textField('voice', MAX_NAME)),
);

const tokensField = z.union([z.literal('inf'), integerField('max_output_tokens', outputTokens)], {
  error: `must be between ${outputTokens.min} and ${outputTokens.max}, or "inf"`,
});

const outputFields = z.object({
  format: optional(formatField),
  voice: voiceField,
  speed: optional(numberField('speed', speechRanges.speed)),
});

/** What sessions and responses share: today's names, and those of the beta where they differ. */
const responseFields = {
  instructions: optional(textField('instructions', MAX_TEXT)),
  output_modalities: optional(modalitiesField),
  modalities: optional(modalitiesField),
  voice: voiceField,
  output_audio_format: optional(formatField),
  tools: optional(z.array(toolField).max(MAX_TOOLS)),
  tool_choice: optional(toolChoiceField),
  temperature: optional(numberField('temperature', temperatureRange)),
  max_output_tokens: optional(tokensField),
  max_response_output_tokens: optional(tokensField),
  prompt: z.null({ error: 'This server keeps no prompts.' }).optional(),
};

const sessionFields = z.object({
  ...responseFields,
  type: optional(choiceField('type', ['realtime', 'transcription'])),
  model: optional(textField('model', MAX_NAME)),
  audio: optional(
    z.object({
      input: optional(
        z.object({
          format: optional(formatField),
          transcription: transcriptionField.optional(),
          turn_detection: turnField.optional(),
          noise_reduction: noiseField.optional(),
        }),
      ),
      output: optional(outputFields),
    }),
  ),
  speed: optional(numberField('speed', speechRanges.speed)),
  input_audio_format: optional(formatField),
  input_audio_transcription: transcriptionField.optional(),
  turn_detection: turnField.optional(),
  input_audio_noise_reduction: noiseField.optional(),
});

export type SessionType = 'realtime' | 'transcription';

/** The session of `session.update`, or of a client secret. */
export interface SessionChanges {
  readonly type: SessionType | undefined;
  /** Its name alone: which one answers is the operator's. */
  readonly model: string | undefined;
  readonly changes: SettingsChanges;
}

export const sessionSchema: z.ZodType<SessionChanges> = sessionFields.transform((asked) => {
  const input = asked.audio?.input;
  const changes = {
    ...responseChanges(asked),
    ...given({
      speed: asked.audio?.output?.speed ?? asked.speed,
      inputFormat: input?.format ?? asked.input_audio_format,
      transcription: firstGiven(input?.transcription, asked.input_audio_transcription),
      turnDetection: firstGiven(input?.turn_detection, asked.turn_detection),
      noiseReduction: firstGiven(input?.noise_reduction, asked.input_audio_noise_reduction),
    }),
  };
  return { type: asked.type, model: asked.model || undefined, changes };
});

const metadataField = z
  .record(z.string().max(MAX_METADATA_KEY), z.string().max(MAX_METADATA_VALUE))
  .refine((pairs) => Object.keys(pairs).length <= MAX_METADATA, {
    error: `metadata has at most ${MAX_METADATA} pairs`,
  });

/** What `response.create` has beside the items of its input. */
export const responseShape = {
  ...responseFields,
  audio: optional(z.object({ output: optional(outputFields.omit({ speed: true })) })),
  conversation: optional(choiceField('conversation', ['auto', 'none'])),
  metadata: optional(metadataField),
};

interface AskedOfResponse extends Omit<z.infer<z.ZodObject<typeof responseFields>>, 'prompt'> {
  readonly audio?:
    | {
        readonly output?:
          | { readonly format?: LineFormat | undefined; readonly voice?: string | undefined }
          | undefined;
      }
    | undefined;
}

/** What of the usual settings of responses is to be another. */
export function responseChanges(asked: AskedOfResponse): Partial<ResponseSettings> {
  const output = asked.audio?.output;
  return given({
    instructions: asked.instructions,
    modality: asked.output_modalities ?? asked.modalities,
    voice: output?.voice ?? asked.voice,
    outputFormat: output?.format ?? asked.output_audio_format,
    tools: asked.tools,
    toolChoice: asked.tool_choice,
    temperature: asked.temperature,
    maxOutputTokens: asked.max_output_tokens ?? asked.max_response_output_tokens,
  });
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the members that are undefined. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** Null is a value. */
function firstGiven<T>(...values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined);
}
