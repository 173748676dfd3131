import * as z from 'zod';
import { audioFormatNames, contentTypeOf } from '../speech/output.ts';

/** What a dialect says of itself in the description of the API. Loaded when somebody asks for that. */
export interface ApiPart {
  readonly title: string;
  readonly operations: readonly Operation[];
  /** What its errors look like. */
  readonly error: z.ZodType;
  /** Content types in which they come besides JSON. */
  readonly errorTypes?: readonly string[] | undefined;
}

/** A route (OpenAPI 3.1, operation object). Its schemas are those that validate. */
export interface Operation {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** The pattern of its route, as `Hono` has it. */
  readonly path: string;
  /** Patterns under which it is found too. */
  readonly aliases?: readonly string[] | undefined;
  /** Unique, for programs that make clients of the description. */
  readonly id: string;
  readonly summary: string;
  /** Needs no key. */
  readonly isOpen?: boolean | undefined;
  readonly query?: z.ZodObject | undefined;
  /** By content type. */
  readonly body?: Readonly<Record<string, z.ZodType>> | undefined;
  readonly isBodyOptional?: boolean | undefined;
  /** A test sends it, and is answered with the first of `answers`. */
  readonly example?:
    | {
        readonly path?: Readonly<Record<string, string>>;
        readonly query?: Readonly<Record<string, string>>;
        readonly body?: Readonly<Record<string, unknown>>;
      }
    | undefined;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
}

export interface Answer {
  readonly description: string;
  /** By content type; null is bytes or text that no schema says more of. Absent: no body. */
  readonly content?: Readonly<Record<string, z.ZodType | null>> | undefined;
}

/** A file in a form. */
export const file: z.ZodType = z.file();

export function json(schema: z.ZodType, description = 'So it is.'): Answer {
  return { description, content: { 'application/json': schema } };
}

/** Something of ours is gone. */
export const deletedAnswer: Answer = json(
  z.object({ id: z.string(), object: z.string(), deleted: z.literal(true) }),
);

const audioTypes = [...new Set(audioFormatNames.map(contentTypeOf))];

export const audio: Answer = {
  description: 'The audio, as it is made.',
  content: Object.fromEntries(audioTypes.map((type) => [type, null])),
};

export const events: Answer = {
  description: 'Server-sent events, as they are made.',
  content: { 'text/event-stream': null },
};

/** What a plain request for a WebSocket gets. */
export const socket: Readonly<Record<number, Answer>> = {
  101: { description: 'The connection becomes a WebSocket.' },
};

/** OpenAI's, of most dialects here. */
export const usualError: z.ZodType = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.union([z.string(), z.number()]).nullable(),
    code: z.string(),
  }),
});

/** A voice, as OpenAI's and ElevenLabs' clients read it. */
export const voiceAnswer: z.ZodObject = z.looseObject({
  id: z.string(),
  voice_id: z.string(),
  object: z.literal('audio.voice'),
  name: z.string(),
  description: z.string(),
  language: z.string(),
  license: z.string().optional(),
  family: z.string().optional(),
  pack: z.string().optional(),
  pack_bytes: z.int().optional(),
  mixes_in: z.string().optional(),
});

export const customVoiceAnswer: z.ZodObject = voiceAnswer.extend({
  category: z.literal('cloned'),
  preview_url: z.string(),
  shared: z.boolean(),
  created_at: z.int(),
  transcript: z.string(),
  reference: z.object({
    type: z.string(),
    seconds: z.number(),
    sample_rate: z.int(),
    channels: z.int(),
    level_dbfs: z.number(),
  }),
  consent: z.object({
    who: z.string().nullable(),
    when: z.string(),
    audio_sha256: z.string(),
    by: z.string().nullable(),
  }),
});

/** How the engine is, as `showHealth` shows it. */
const oneHealth = z.object({
  status: z.enum(['healthy', 'unhealthy']),
  latency_ms: z.number().optional(),
  error: z.string().optional(),
  version: z.string().optional(),
});
export const healthAnswer: z.ZodObject = oneHealth.extend({ origins: z.array(oneHealth).optional() });
