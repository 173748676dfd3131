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

/** Audio of an item that nobody has written down. */
export interface Recording {
  /** Of its part. */
  readonly index: number;
  /** Base64. */
  readonly audio: string;
}

interface AskedPart {
  readonly part: ContentPart;
  readonly audio?: string | undefined;
}

const partField: z.ZodType<AskedPart> = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('input_text'), text }),
    z.object({ type: z.literal('output_text'), text }),
    z.object({ type: z.literal('text'), text }),
    z.object({
      type: z.literal('input_audio'),
      audio: optional(z.string()),
      transcript: optional(text),
    }),
    z.object({ type: z.literal('output_audio'), transcript: optional(text) }),
    z.object({ type: z.literal('audio'), transcript: optional(text) }),
  ])
  .transform((asked): AskedPart => {
    if ('text' in asked)
      return { part: { type: asked.type === 'text' ? 'output_text' : asked.type, text: asked.text } };
    const type = asked.type === 'audio' ? 'output_audio' : asked.type;
    const { transcript = null } = asked;
    const audio = 'audio' in asked && transcript === null ? asked.audio : undefined;
    return { part: { type, transcript }, audio };
  })
  .refine(
    ({ part, audio }) => part.type !== 'input_audio' || part.transcript !== null || audio !== undefined,
    {
      error: 'input_audio needs audio or a transcript.',
    },
  );

interface AskedItem {
  readonly item: Item;
  readonly recordings: readonly Recording[];
}

const itemFields = { id: optional(idField) };

const itemField: z.ZodType<AskedItem> = z
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
  .transform((asked): AskedItem => {
    const common = { id: asked.id ?? newId('item'), status: 'completed' } as const;
    switch (asked.type) {
      case 'message':
        return {
          item: {
            ...common,
            ...{ type: asked.type, role: asked.role },
            content: partsFor(
              asked.role,
              asked.content.map(({ part }) => part),
            ),
          },
          recordings: asked.content.flatMap(({ audio }, index) =>
            audio === undefined ? [] : { index, audio },
          ),
        };
      case 'function_call': {
        const { type, name, call_id = newId('call') } = asked;
        return { item: { ...common, type, name, call_id, arguments: asked.arguments }, recordings: [] };
      }
      case 'function_call_output':
        return {
          item: { ...common, type: asked.type, call_id: asked.call_id, output: asked.output },
          recordings: [],
        };
    }
  })
  .refine(
    ({ item, recordings }) => recordings.length === 0 || (item.type === 'message' && item.role === 'user'),
    {
      error: 'Only users speak: audio belongs to the role user.',
    },
  );

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

/** One that is nowhere but in the input of a response: nothing waits for its transcript. */
const writtenItem: z.ZodType<Item> = itemField
  .refine(({ recordings }) => recordings.length === 0, {
    error:
      'Audio comes by input_audio_buffer.append or conversation.item.create; here it needs its transcript.',
  })
  .transform(({ item }) => item);

const responseField: z.ZodType<AskedResponse> = z
  .object({
    ...responseShape,
    input: optional(
      z
        .array(z.union([z.object({ type: z.literal('item_reference'), id: idField }), writtenItem]))
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
  'conversation.item.create': z
    .object({ item: itemField, previous_item_id: optional(idField) })
    .transform(({ item: { item, recordings }, ...event }) => ({ ...event, item, recordings })),
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
