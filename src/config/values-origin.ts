import * as z from 'zod';
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

const maxSlots = 1000;
const maxWeight = 1000;

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

const origin: z.ZodType<Origin> = z.strictObject({
  url: originUrl().refine((url) => url !== '', { error: 'url is missing' }),
  key: z.string().max(1024).default(''),
  slots: z.number().int().min(1).max(maxSlots).default(1),
  weight: z.number().min(0.001).max(maxWeight).default(1),
  model: z.string().min(1).max(64).optional(),
  drain: z.boolean().default(false),
}) as unknown as z.ZodType<Origin>;

/** A list of origins: YAML in the file, JSON in a variable. */
export function origins(max: number): z.ZodType<readonly Origin[]> {
  return z.unknown().transform((value, context) => {
    const result = z.array(origin).max(max).safeParse(fromJson(value));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    context.addIssue(
      `must be a list such as [{"url":"http://127.0.0.1:8081","slots":1}]: ${issue?.path.join('.') ?? ''} ${issue?.message}`,
    );
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
