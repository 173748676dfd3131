import * as z from 'zod';
import type { ModelSettings } from '../../core/conversation.ts';
import { LISTENING_RATE } from '../../core/conversation.ts';
import { invalid } from '../../core/errors.ts';
import { firstIssue } from '../../core/first-issue.ts';
import { integerField, numberField, optional, textField } from '../../http/fields.ts';
import type { AskedConversation } from './record.ts';

/** Wrong messages in a row: with the last of them a client is not listened to any more. */
export const MAX_WRONG = 101;
/** Code units of what a user writes at once. */
const MAX_TEXT = 16_000;
const MAX_NAME = 256;
const MAX_PROMPT = 8000;
const MAX_CAST = 16;
const MAX_ID = 64;
const MAX_TITLE = 200;

/** Who is to answer: a character of the store by its id, or one that is described here. */
export interface AskedCharacter {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly voice?: string | undefined;
  readonly system_prompt?: string | undefined;
}

/** What a page says. Both pages' names for one thing are one kind. */
export type ClientMessage =
  | { readonly kind: 'user-message'; readonly text: string }
  | { readonly kind: 'start-listening'; readonly language?: string | undefined }
  | { readonly kind: 'stop-listening' }
  | { readonly kind: 'settings'; readonly settings: ModelSettings }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'clear-history' }
  | { readonly kind: 'open-conversation'; readonly asked: AskedConversation }
  | { readonly kind: 'set-characters'; readonly characters: readonly AskedCharacter[] }
  | { readonly kind: 'refresh-characters' }
  | { readonly kind: 'played'; readonly messageId?: string | undefined; readonly ms: number }
  | { readonly kind: 'ping' };

const penalty = { min: -2, max: 2 };

const settingsFields = z.object({
  model: optional(textField('model', MAX_NAME)),
  temperature: optional(numberField('temperature', { min: 0, max: 2 })),
  top_p: optional(numberField('top_p', { min: 0, max: 1 })),
  min_p: optional(numberField('min_p', { min: 0, max: 1 })),
  top_k: optional(integerField('top_k', { min: 0, max: 100 })),
  frequency_penalty: optional(numberField('frequency_penalty', penalty)),
  presence_penalty: optional(numberField('presence_penalty', penalty)),
  repetition_penalty: optional(numberField('repetition_penalty', { min: 0, max: 2 })),
  max_tokens: optional(integerField('max_tokens', { min: 1, max: 100_000 })),
});

const settings = settingsFields.transform(
  (fields): ModelSettings => ({
    model: fields.model === '' ? undefined : fields.model,
    temperature: fields.temperature,
    topP: fields.top_p,
    minP: fields.min_p,
    topK: fields.top_k,
    frequencyPenalty: fields.frequency_penalty,
    presencePenalty: fields.presence_penalty,
    repetitionPenalty: fields.repetition_penalty,
    maxTokens: fields.max_tokens,
  }),
);

const userMessage = z.object({
  text: textField('text', MAX_TEXT).refine((text) => text.trim() !== '', {
    error: 'text must say something',
  }),
});

const microphone = z.object({
  sample_rate: optional(
    z.literal(LISTENING_RATE, {
      error: `sample_rate must be ${LISTENING_RATE}: the microphone is heard at no other`,
    }),
  ),
  channels: optional(z.literal(1, { error: 'channels must be 1' })),
  language: optional(textField('language', 35)),
});

const character = z.union(
  [
    textField('character', MAX_NAME).transform((id): AskedCharacter => ({ id })),
    z.object({
      id: optional(z.union([z.string().max(MAX_NAME), z.number()]).transform(String)),
      name: optional(textField('name', MAX_NAME)),
      voice: optional(textField('voice', MAX_NAME)),
      system_prompt: optional(textField('system_prompt', MAX_PROMPT)),
    }),
  ],
  { error: 'a character is its id, or an object with a name' },
);

const cast = z
  .array(character, { error: 'characters must be a list' })
  .max(MAX_CAST, { error: `At most ${MAX_CAST} characters may answer` });

/** `characters` and `character_ids` are the two pages' names. */
const characters = z
  .object({ characters: optional(cast), character_ids: optional(cast) })
  .transform(({ characters: objects, character_ids: ids }) => objects ?? ids ?? []);

const conversation = z
  .object({
    conversation_id: optional(textField('conversation_id', MAX_ID)),
    title: optional(textField('title', MAX_TITLE)),
  })
  .transform(({ conversation_id: id, title }): AskedConversation => ({ id, title }));

const played = z.object({
  message_id: optional(textField('message_id', MAX_NAME)),
  samples: optional(integerField('samples', { min: 0, max: Number.MAX_SAFE_INTEGER })),
  ms: optional(numberField('ms', { min: 0, max: Number.MAX_SAFE_INTEGER })),
});

const OUTPUT_SAMPLES_A_MS = 24;

const kinds: Readonly<Record<string, (data: unknown) => ClientMessage>> = {
  user_message: (data) => ({ kind: 'user-message', text: parsed(userMessage, data).text.toWellFormed() }),
  start_listening: (data) => ({ kind: 'start-listening', language: parsed(microphone, data).language }),
  stop_listening: () => ({ kind: 'stop-listening' }),
  model_settings: (data) => ({ kind: 'settings', settings: parsed(settings, data) }),
  interrupt: () => ({ kind: 'interrupt' }),
  clear_history: () => ({ kind: 'clear-history' }),
  open_conversation: (data) => ({ kind: 'open-conversation', asked: parsed(conversation, data) }),
  set_characters: (data) => ({ kind: 'set-characters', characters: parsed(characters, data) }),
  set_active_characters: (data) => ({ kind: 'set-characters', characters: parsed(characters, data) }),
  refresh_characters: () => ({ kind: 'refresh-characters' }),
  refresh_active_characters: () => ({ kind: 'refresh-characters' }),
  audio_played: (data) => {
    const { message_id: messageId, samples, ms } = parsed(played, data);
    if (samples === undefined && ms === undefined) throw invalid('samples is missing', 'samples');
    return { kind: 'played', messageId, ms: ms ?? (samples ?? 0) / OUTPUT_SAMPLES_A_MS };
  },
  ping: () => ({ kind: 'ping' }),
};

const envelope = z.looseObject(
  { type: z.string({ error: 'type must be a string' }), data: z.looseObject({}).nullish() },
  { error: 'An event must be an object.' },
);

/** An event of a page: its fields are in `data`, or beside `type`. @throws SpeechFailure invalid_value */
export function readClientMessage(text: string): ClientMessage {
  const { type, data, ...flat } = parsed(envelope, readJson(text));
  const read = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (!read) throw invalid(`There is no event '${type.slice(0, 64)}'.`, 'type');
  return read(data ?? flat);
}

/** The prompt of `/ws/stream`; undefined for a ping. @throws SpeechFailure invalid_value */
export function readPrompt(text: string): { readonly text: string; readonly sessionId: string } | undefined {
  const { type, data, ...flat } = parsed(envelope, readJson(text));
  if (type === 'ping') return undefined;
  if (type !== 'prompt') throw invalid(`There is no event '${type.slice(0, 64)}'.`, 'type');
  const fields = parsed(prompt, data ?? flat);
  return { text: fields.text.toWellFormed(), sessionId: fields.session_id ?? 'default' };
}

const prompt = userMessage.extend({ session_id: optional(textField('session_id', MAX_NAME)) });

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('The message is no JSON.');
  }
}

function parsed<T>(schema: z.ZodType<T>, data: unknown): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const { message, path } = firstIssue(result.error);
  throw invalid(message, path[0]);
}
