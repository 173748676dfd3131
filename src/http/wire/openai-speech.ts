import { z } from 'zod';
import { invalid } from '../../speech/errors.ts';
import { type AudioFormat, audioFormatNames, type Output } from '../../speech/output.ts';
import { defaultSampling, type SpeechRequest } from '../../speech/request.ts';
import type { Limits } from '../options.ts';
import { choiceField, isLongerThan, isSpeakable, numberField, textField, unsetWhenNull } from './fields.ts';

const maxName = 256;
/** OpenAI's pcm is always 24 kHz (API reference); pipecat and others rely on it. */
const pcmRate = 24_000;
const defaultFormat: AudioFormat = 'mp3';

interface SpeechFields {
  input: string;
  model?: string | undefined;
  voice?: string | undefined;
  response_format?: AudioFormat | undefined;
  speed?: number | undefined;
  stream_format?: 'audio' | undefined;
}

/**
 * A body of `POST /v1/audio/speech` (OpenAI API reference): what to say and how to answer. `text` and `format` are
 * accepted for `input` and `response_format`; unknown fields are ignored, as clients send many.
 * @throws SpeechFailure invalid_value naming the first bad field
 */
export function parseOpenaiSpeech(body: unknown, limits: Limits): { request: SpeechRequest; output: Output } {
  const result = speechSchema.safeParse(withAliases(body));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalid(issue?.message ?? 'Invalid request body', issue?.path[0]?.toString());
  }
  const { input, voice, speed = 1, response_format: format = defaultFormat } = result.data;
  if (isLongerThan(input, limits.maxInputLength)) {
    throw invalid(`input must have at most ${limits.maxInputLength} characters`, 'input');
  }
  return {
    request: { text: input, voice, speed, references: [], sampling: defaultSampling, whole: false },
    output: {
      format,
      whole: false,
      maxWholeBytes: limits.maxWholeAudio,
      ...(format === 'pcm' ? { rate: pcmRate } : {}),
    },
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

const unset = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> =>
  z.preprocess(unsetWhenNull, schema.optional());

/** A name, or `{"id": name}` for custom voices (OpenAI spec 2.3). */
const voiceField: z.ZodType<string> = z.preprocess(
  (value) => (typeof value === 'object' && value !== null && 'id' in value ? value.id : value),
  textField('voice', maxName),
);

const speechSchema: z.ZodType<SpeechFields> = z.object(
  {
    input: z
      .string({ error: 'input must be a string' })
      .refine(isSpeakable, { error: 'input must say something' }),
    model: unset(textField('model', maxName)),
    voice: unset(voiceField),
    response_format: unset(choiceField('response_format', audioFormatNames)),
    speed: unset(numberField('speed', { min: 0.25, max: 4 })),
    stream_format: unset(choiceField('stream_format', ['audio'])),
  },
  { error: 'The body must be an object.' },
) as z.ZodType<SpeechFields>;
