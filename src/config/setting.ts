import type * as z from 'zod';
import { text } from './values.ts';

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
