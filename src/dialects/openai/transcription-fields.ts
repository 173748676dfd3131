import * as z from 'zod';
import {
  booleanField,
  choiceField,
  numberField,
  optional,
  optionalText,
  parseFields,
  textField,
  unsetWhenEmpty,
} from '../../http/fields.ts';

/** The texts of a form: a name may come several times. */
export type FormTexts = ReadonlyMap<string, readonly string[]>;

const formats = ['json', 'text', 'srt', 'vtt', 'verbose_json', 'diarized_json'] as const;
type TranscriptFormat = (typeof formats)[number];

export interface AskedTranscription {
  readonly format: TranscriptFormat;
  /** Whether the text comes in events while it is heard. Only the formats of text alone can: others ignore it, as OpenAI's do. */
  readonly stream: boolean;
  /** As the client wrote it. */
  readonly language: string | undefined;
  /** Whether `verbose_json` tells the times of words. */
  readonly words: boolean;
  /** Whether `verbose_json` tells segments: unless the client asks for words alone. */
  readonly segments: boolean;
}

const MAX_NAME = 256;
/** As much as fits into a field at all is looked at by no embedded recogniser. */
const MAX_PROMPT = 65_536;
const granularities = ['word', 'segment'] as const;
const streamed: ReadonlySet<TranscriptFormat> = new Set(['json', 'text']);

/** Clients that build forms by hand leave fields empty. */
const schema = z.object({
  model: optional(textField('model', MAX_NAME), unsetWhenEmpty),
  language: optional(textField('language', MAX_NAME), unsetWhenEmpty),
  prompt: textField('prompt', MAX_PROMPT).optional(),
  response_format: optional(choiceField('response_format', formats), unsetWhenEmpty),
  temperature: optionalText(numberField('temperature', { min: 0, max: 1 })),
  stream: optional(booleanField('stream'), unsetWhenEmpty),
  timestamp_granularities: z.array(choiceField('timestamp_granularities', granularities)),
});

/** The fields of a transcription or a translation (API reference, audio). @throws SpeechFailure invalid_value */
export function parseTranscription(texts: FormTexts): AskedTranscription {
  const one = (name: string): string | undefined => texts.get(name)?.[0];
  const fields = {
    model: one('model'),
    language: one('language'),
    prompt: one('prompt'),
    response_format: one('response_format'),
    temperature: one('temperature'),
    stream: one('stream'),
    timestamp_granularities: ['timestamp_granularities[]', 'timestamp_granularities'].flatMap(
      (name) => texts.get(name) ?? [],
    ),
  };
  const parsed = parseFields(schema, fields);
  const { response_format: format = 'json', stream = false, language, timestamp_granularities } = parsed;
  return {
    format,
    stream: stream && streamed.has(format),
    language,
    words: timestamp_granularities.includes('word'),
    segments: timestamp_granularities.length === 0 || timestamp_granularities.includes('segment'),
  };
}
