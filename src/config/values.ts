import * as z from 'zod';

/** Milliseconds. */
export const SECOND: number = 1000;
const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;

/** Bytes. */
export const KiB: number = 1024;
export const MiB: number = 1024 * KiB;
export const GiB: number = 1024 * MiB;
export const TiB: number = 1024 * GiB;

/** Parsers for settings. Each takes what a flag, a variable or a YAML file may give: a string, number or boolean. */

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR };
const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: KiB,
  mib: MiB,
  gib: GiB,
};

/** A duration as Go writes it (`30s`, `1m30s`, `500ms`), in milliseconds. Whole numbers are seconds. */
export function duration(minMs: number, maxMs: number): z.ZodType<number> {
  return z.unknown().transform((value, context) => {
    const ms = parseDuration(value);
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    context.addIssue(`must be a duration such as 30s or 1m30s, from ${showMs(minMs)} to ${showMs(maxMs)}`);
    return z.NEVER;
  });
}

function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value * SECOND : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text) * SECOND;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN);
  }
  return total;
}

function showMs(ms: number): string {
  if (ms >= HOUR && ms % HOUR === 0) return `${ms / HOUR}h`;
  return ms >= SECOND ? `${ms / SECOND}s` : `${ms}ms`;
}

export function integer(min: number, max: number): z.ZodType<number> {
  return z.unknown().transform((value, context) => {
    const text = typeof value === 'number' ? String(value) : value;
    const number = typeof text === 'string' && /^\s*-?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    context.addIssue(`must be a whole number from ${min} to ${max}`);
    return z.NEVER;
  });
}

/** A number with a decimal point. */
export function decimal(min: number, max: number): z.ZodType<number> {
  return z.unknown().transform((value, context) => {
    const text = typeof value === 'number' ? String(value) : value;
    const number = typeof text === 'string' && /^\s*\d*\.?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    context.addIssue(`must be a number from ${min} to ${max}`);
    return z.NEVER;
  });
}

/** A whole number, or `word`. */
export function integerOr<const Word extends string>(
  word: Word,
  min: number,
  max: number,
): z.ZodType<number | Word> {
  return z.union([z.literal(word), integer(min, max)], {
    error: `must be ${word} or a whole number from ${min} to ${max}`,
  });
}

/** A size such as `32MiB`, `500kB` or `1048576`, in bytes. */
export function bytes(min: number, max: number): z.ZodType<number> {
  return z.unknown().transform((value, context) => {
    const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*([kmg]?i?b)?\s*$/i.exec(String(value)) ?? [];
    const size = Math.round(Number(amount) * (unitBytes[(unit ?? '').toLowerCase()] ?? Number.NaN));
    if (size >= min && size <= max) return size;
    context.addIssue(`must be a size such as 32MiB, from ${min} to ${max} bytes`);
    return z.NEVER;
  });
}

export function choice<const T extends string>(...options: readonly T[]): z.ZodType<T> {
  return z.enum(options as readonly [T, ...T[]], { error: `must be one of ${options.join(', ')}` });
}

export function text(maxLength: number): z.ZodType<string> {
  return z
    .union([z.string(), z.number().transform(String)], { error: 'must be text' })
    .pipe(z.string().max(maxLength, { error: `must have at most ${maxLength} characters` }));
}

export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `:port` or `[v6]:port`. Port 0 takes a free one. */
export function listen(): z.ZodType<Listen> {
  return z.unknown().transform((value, context) => {
    const [, v6, name, port] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/i.exec(String(value)) ?? [];
    if (port !== undefined && Number(port) <= 65_535)
      return { host: v6 || name || '0.0.0.0', port: Number(port) };
    context.addIssue('must be host:port, for example 0.0.0.0:8080');
    return z.NEVER;
  });
}

/** An http(s) URL without a trailing slash, or empty. */
export function originUrl(): z.ZodType<string> {
  return z.unknown().transform((value, context) => {
    if (value === '') return '';
    try {
      const url = new URL(String(value));
      if (url.username !== '' || url.password !== '') {
        context.addIssue(
          'must hold neither user nor password: addresses are logged; a key has a setting of its own',
        );
        return z.NEVER;
      }
      if ((url.protocol === 'http:' || url.protocol === 'https:') && !url.search && !url.hash) {
        return url.href.replace(/\/+$/, '');
      }
    } catch {
      // falls through to the one message
    }
    context.addIssue(
      'must be an http:// or https:// address without query, for example http://127.0.0.1:8081',
    );
    return z.NEVER;
  });
}

export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  /** As a user would write it. */
  readonly default: string;
  readonly env: string;
  readonly flag?: string;
  /** One line for `--help` and the README. */
  readonly about: string;
  /** Never printed. */
  readonly secret?: true;
}

/** What the settings of a table become. */
export type Parsed<Table> = { readonly [K in keyof Table]: Table[K] extends Setting<infer T> ? T : never };

export function setting<T>(
  schema: z.ZodType<T>,
  standard: string,
  env: string,
  flag: string,
  about: string,
): Setting<T> {
  return { schema, default: standard, env, flag, about };
}

/** Its value holds a secret somewhere. */
export function hidden<T>(shown: Setting<T>): Setting<T> {
  return { ...shown, secret: true };
}

export function secret(env: string, flag: string, about: string): Setting<string> {
  return hidden(setting(text(1024), '', env, flag, about));
}
