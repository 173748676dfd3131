import * as z from 'zod';
import { firstIssue } from '../../core/first-issue.ts';
import { integerField, optional, textField } from '../../http/fields.ts';
import { EventRefused } from './event-error.ts';
import { type ContentPart, type Item, newId } from './item.ts';
import {
  functionName,
  MAX_NAME,
  MAX_TEXT,
  responseChanges,
  responseShape,
  sessionSchema,
} from './session-schema.ts';
import type { ResponseSettings } from './session-settings.ts';

const MAX_PARTS = 32;
const MAX_INPUT_ITEMS = 256;
/** Milliseconds: a day. */
const audioRange = { min: 0, max: 86_400_000 };
/** Members and items of one event: an honest one has a few hundred, and a parser makes objects of millions. */
const MAX_MEMBERS = 16_384;

const idField = z.string().min(1).max(64);
const text = z.string().max(MAX_TEXT, { error: `A text has at most ${MAX_TEXT} characters.` });

const partField: z.ZodType<ContentPart> = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('input_text'), text }),
    z.object({ type: z.literal('output_text'), text }),
    z.object({ type: z.literal('text'), text }),
    z.object({ type: z.literal('input_audio'), transcript: optional(text) }),
    z.object({ type: z.literal('output_audio'), transcript: optional(text) }),
    z.object({ type: z.literal('audio'), transcript: optional(text) }),
  ])
  .transform((part): ContentPart => {
    if ('text' in part) return { type: part.type === 'text' ? 'output_text' : part.type, text: part.text };
    return { type: part.type === 'audio' ? 'output_audio' : part.type, transcript: part.transcript ?? null };
  })
  .refine((part) => !(part.type === 'input_audio' && part.transcript === null), {
    error: 'Audio comes by input_audio_buffer.append; an item may have its transcript.',
  });

const itemFields = { id: optional(idField) };

const itemField: z.ZodType<Item> = z
  .discriminatedUnion('type', [
    z.object({
      ...itemFields,
      type: z.literal('message'),
      role: z.enum(['system', 'user', 'assistant']),
      content: z.array(partField).max(MAX_PARTS),
    }),
    z.object({
      ...itemFields,
      type: z.literal('function_call'),
      call_id: optional(idField),
      name: functionName,
      arguments: text,
    }),
    z.object({ ...itemFields, type: z.literal('function_call_output'), call_id: idField, output: text }),
  ])
  .transform((asked): Item => {
    const common = { id: asked.id ?? newId('item'), status: 'completed' } as const;
    switch (asked.type) {
      case 'message':
        return {
          ...common,
          type: asked.type,
          role: asked.role,
          content: partsFor(asked.role, asked.content),
        };
      case 'function_call': {
        const { type, name, call_id = newId('call') } = asked;
        return { ...common, type, name, call_id, arguments: asked.arguments };
      }
      case 'function_call_output':
        return { ...common, type: asked.type, call_id: asked.call_id, output: asked.output };
    }
  });

/** The beta has one name, `text`, for what is written by whomever. */
function partsFor(
  role: 'system' | 'user' | 'assistant',
  parts: readonly ContentPart[],
): readonly ContentPart[] {
  const isInput = role !== 'assistant';
  return parts.map((part): ContentPart => {
    if ('text' in part) return { type: isInput ? 'input_text' : 'output_text', text: part.text };
    return { type: isInput ? 'input_audio' : 'output_audio', transcript: part.transcript };
  });
}

/** An item of a response's own input: one that is written out, or one of the conversation. */
type InputItem = Item | { readonly type: 'item_reference'; readonly id: string };

/** What `response.create` asks for. */
export interface AskedResponse {
  readonly changes: Partial<ResponseSettings>;
  /** It is no part of the conversation. */
  readonly isApart: boolean;
  /** What the model reads instead of the conversation. */
  readonly input: readonly InputItem[] | undefined;
  readonly metadata: Readonly<Record<string, string>> | null;
}

const responseField: z.ZodType<AskedResponse> = z
  .object({
    ...responseShape,
    input: optional(
      z
        .array(z.union([z.object({ type: z.literal('item_reference'), id: idField }), itemField]))
        .max(MAX_INPUT_ITEMS),
    ),
  })
  .transform((asked) => ({
    changes: responseChanges(asked),
    isApart: asked.conversation === 'none',
    input: asked.input,
    metadata: asked.metadata ?? null,
  }));

const noResponse: AskedResponse = { changes: {}, isApart: false, input: undefined, metadata: null };

const schemas = {
  'session.update': z.object({ session: sessionSchema }),
  'transcription_session.update': z.object({ session: sessionSchema }),
  'input_audio_buffer.append': z.object({ audio: z.string() }),
  'input_audio_buffer.commit': z.object({}),
  'input_audio_buffer.clear': z.object({}),
  'conversation.item.create': z.object({ item: itemField, previous_item_id: optional(idField) }),
  'conversation.item.delete': z.object({ item_id: idField }),
  'conversation.item.retrieve': z.object({ item_id: idField }),
  'conversation.item.truncate': z.object({
    item_id: idField,
    content_index: integerField('content_index', { min: 0, max: MAX_PARTS }),
    audio_end_ms: integerField('audio_end_ms', audioRange),
  }),
  'response.create': z.object({
    response: optional(responseField).transform((asked) => asked ?? noResponse),
  }),
  'response.cancel': z.object({ response_id: optional(textField('response_id', MAX_NAME)) }),
} as const;

type Type = keyof typeof schemas;

/** An event of a client, checked; the types name its form. */
export type ClientEvent = {
  [K in Type]: { readonly type: K } & Readonly<z.infer<(typeof schemas)[K]>>;
}[Type];

/** An event, and the id that its client gave it, by which an error names it. */
export interface ReadEvent {
  readonly id: string | null;
  /** @throws EventRefused for what is no event of a client */
  check(): ClientEvent;
}

/** @throws EventRefused for what is no JSON object */
export function readEvent(data: string | Uint8Array): ReadEvent {
  if (typeof data !== 'string')
    throw new EventRefused('invalid_event', 'Events are JSON in text messages; audio is base64 in them.');
  if (hasTooMany(data)) throw new EventRefused('invalid_event', 'There is too much in one event.');
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    throw new EventRefused('invalid_json', 'The message is no JSON.');
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new EventRefused('invalid_event', 'An event is a JSON object.');
  const { event_id: id, type } = event as { readonly event_id?: unknown; readonly type?: unknown };
  return {
    id: typeof id === 'string' ? id.slice(0, MAX_NAME) : null,
    check: () => checked(type, event),
  };
}

function checked(type: unknown, event: object): ClientEvent {
  if (typeof type !== 'string')
    throw new EventRefused('invalid_event', "The 'type' field is missing.", 'type');
  if (!isKnown(type)) {
    const supported = Object.keys(schemas).join("', '");
    const message = `Invalid value: '${type.slice(0, 64)}'. Supported values are: '${supported}'.`;
    throw new EventRefused('invalid_value', message, 'type');
  }
  const result = schemas[type].safeParse(event);
  if (!result.success) {
    const { message, path } = firstIssue(result.error);
    throw new EventRefused('invalid_value', `${path.join('.')}: ${message}`, path.join('.'));
  }
  return { ...result.data, type } as ClientEvent;
}

function isKnown(type: string): type is Type {
  return Object.hasOwn(schemas, type);
}

/** What begins a member or an item; in texts they count too, which have fewer than this. */
function hasTooMany(text: string): boolean {
  if (text.length <= MAX_MEMBERS) return false;
  let count = 0;
  for (const mark of ',[{') {
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
      if (++count > MAX_MEMBERS) return true;
    }
  }
  return false;
}
