import * as z from 'zod';
import { type UpstreamKind, upstreamKinds } from '../core/upstream.ts';
import { originUrl } from './values.ts';
import { words } from './values-list.ts';

/** A Fish-Speech server, or the Fish Audio cloud, and how much it may be asked for. */
export interface Origin {
  readonly url: string;
  readonly key: string;
  /** Requests it speaks at once. */
  readonly slots: number;
  /** Its share of the requests among origins that are equally free. */
  readonly weight: number;
  /** Model of the Fish Audio cloud; undefined is `fish.model`. */
  readonly model?: string | undefined;
  /** Finishes what it speaks and gets nothing new. */
  readonly drain: boolean;
}

/** A server that makes speech, of whatever kind. */
export interface Upstream extends Origin {
  readonly kind: UpstreamKind;
  /** Its voices, the default one first, instead of the list that it gives itself. */
  readonly voices?: readonly string[] | undefined;
  /** What a server of kind `openai` is asked for. */
  readonly format?: 'pcm' | 'wav' | undefined;
  /** Hz, of `pcm` that does not say its own. */
  readonly sampleRate?: number | undefined;
  /** It speaks at the speed that it is asked for. */
  readonly nativeSpeed?: boolean | undefined;
}

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
    if (bad) context.addIssue(bad.error?.issues[0]?.message ?? 'must be addresses');
    else if (urls.length > max) context.addIssue(`must be at most ${max} addresses`);
    else return [...new Set(urls.map((url) => url.data ?? ''))];
    return z.NEVER;
  });
}

const fields = {
  url: originUrl().refine((url) => url !== '', { error: 'url is missing' }),
  key: z.string().max(1024).default(''),
  slots: z.number().int().min(1).max(MAX_SLOTS).default(1),
  weight: z.number().min(0.001).max(MAX_WEIGHT).default(1),
  model: z.string().min(1).max(64).optional(),
  drain: z.boolean().default(false),
};
const origin = z.strictObject(fields) as unknown as z.ZodType<Origin>;

const kind = z.enum(upstreamKinds, { error: `kind must be one of ${upstreamKinds.join(', ')}` });
const onlyOpenai = ['format', 'sample_rate', 'native_speed'] as const;
const upstream = z
  .strictObject({
    ...fields,
    kind,
    slots: fields.slots.unwrap().optional(),
    model: z.string().min(1).max(128).optional(),
    voices: z.array(z.string().min(1).max(128)).min(1).max(MAX_VOICES).optional(),
    format: z.enum(['pcm', 'wav']).optional(),
    sample_rate: z.number().int().min(8000).max(192_000).optional(),
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
    sampleRate,
    nativeSpeed,
  })) as unknown as z.ZodType<Upstream>;

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
    const [issue] = result.error.issues;
    context.addIssue(`must be a list such as ${example}: ${issue?.path.join('.') ?? ''} ${issue?.message}`);
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
