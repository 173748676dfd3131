import * as z from 'zod';
import { firstIssue } from '../core/first-issue.ts';
import { upstreamKinds } from '../core/upstream.ts';
import { originUrl } from './values.ts';
import { words } from './values-list.ts';

const MAX_SLOTS = 1000;
const MAX_VOICES = 1000;
/** Servers of kind `openai` serve several at once; each of the others speaks one text at a time unless it is told otherwise. */
const OPENAI_SLOTS = 4;
const MAX_WEIGHT = 1000;

/** http(s) addresses without trailing slashes, separated by commas or as a list. */
export function originUrls(max: number): z.ZodType<readonly string[]> {
  return z.unknown().transform((value, context) => {
    const urls = words(value).map((word) => originUrl().safeParse(word));
    const bad = urls.find((url) => !url.success);
    if (bad?.error) context.addIssue(firstIssue(bad.error).message);
    else if (urls.length > max) context.addIssue(`must be at most ${max} addresses`);
    else return [...new Set(urls.map((url) => url.data ?? ''))];
    return z.NEVER;
  });
}

const fields = {
  url: originUrl().refine((url) => url !== '', { error: 'url is missing' }),
  key: z.string().max(1024).default(''),
  /** Requests it speaks at once. */
  slots: z.number().int().min(1).max(MAX_SLOTS).default(1),
  /** Its share of the requests among origins that are equally free. */
  weight: z.number().min(0.001).max(MAX_WEIGHT).default(1),
  /** Model of the Fish Audio cloud; undefined is `fish.model`. */
  model: z.string().min(1).max(64).optional(),
  /** Finishes what it speaks and gets nothing new. */
  drain: z.boolean().default(false),
};
const origin = z.strictObject(fields);

/** A Fish-Speech server, or the Fish Audio cloud, and how much it may be asked for. */
export type Origin = Readonly<z.infer<typeof origin>>;

const kind = z.enum(upstreamKinds, { error: `kind must be one of ${upstreamKinds.join(', ')}` });
const onlyOpenai = ['format', 'sample_rate', 'native_speed'] as const;
const upstream = z
  .strictObject({
    ...fields,
    kind,
    slots: fields.slots.unwrap().optional(),
    model: z.string().min(1).max(128).optional(),
    /** Its voices, the default one first, instead of the list that it gives itself. */
    voices: z.array(z.string().min(1).max(128)).min(1).max(MAX_VOICES).optional(),
    /** What a server of kind `openai` is asked for. */
    format: z.enum(['pcm', 'wav']).optional(),
    /** Hz, of `pcm` that does not say its own. */
    sample_rate: z.number().int().min(8000).max(192_000).optional(),
    /** It speaks at the speed that it is asked for. */
    native_speed: z.boolean().optional(),
  })
  .superRefine((value, context) => {
    const wrong = onlyOpenai.find((field) => value.kind !== 'openai' && value[field] !== undefined);
    if (wrong)
      context.addIssue({ code: 'custom', path: [wrong], message: 'is a setting of the kind openai' });
  })
  .transform(({ sample_rate: sampleRate, native_speed: nativeSpeed, slots, ...rest }) => ({
    ...rest,
    slots: slots ?? (rest.kind === 'openai' ? OPENAI_SLOTS : 1),
    ...(sampleRate !== undefined && { sampleRate }),
    ...(nativeSpeed !== undefined && { nativeSpeed }),
  }));

/** A server that makes speech, of whatever kind. */
export type Upstream = Readonly<z.infer<typeof upstream>>;

/** A list of origins: YAML in the file, JSON in a variable. */
export function origins(max: number): z.ZodType<readonly Origin[]> {
  return listOf(origin, max, '[{"url":"http://127.0.0.1:8081","slots":1}]');
}

/** A list of upstreams of any kind, each at an address of its own: YAML in the file, JSON in a variable. */
export function upstreams(max: number): z.ZodType<readonly Upstream[]> {
  return listOf(upstream, max, '[{"kind":"openai","url":"http://127.0.0.1:8880"}]');
}

function listOf<T>(item: z.ZodType<T>, max: number, example: string): z.ZodType<readonly T[]> {
  return z.unknown().transform((value, context) => {
    const result = z.array(item).max(max).safeParse(fromJson(value));
    if (result.success) return result.data;
    const { message, path } = firstIssue(result.error);
    context.addIssue(`must be a list such as ${example}: ${path.join('.')} ${message}`);
    return z.NEVER;
  });
}

function fromJson(value: unknown): unknown {
  if (value === '' || value === null) return [];
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
