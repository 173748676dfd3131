import type * as z from 'zod';

/** A route as the description of the API shows it (OpenAPI 3.1). What is a schema here is the one that validates. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** The pattern of its route, as `Hono` has it. */
  readonly path: string;
  /** Unique, for programs that make clients of the description. */
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  /** Needs no key. */
  readonly isOpen?: boolean | undefined;
  readonly query?: z.ZodType | undefined;
  /** By content type. */
  readonly body?: Readonly<Record<string, BodyOf>> | undefined;
  /** The body may be left out. */
  readonly isBodyOptional?: boolean | undefined;
  /** By status. */
  readonly answers: Readonly<Record<string, AnswerOf>>;
}

export interface BodyOf {
  readonly schema: z.ZodType | JsonSchema;
  /** What a test sends, and gets the first of `answers` for. */
  readonly example?: unknown;
}

export interface AnswerOf {
  readonly description: string;
  /** By content type; absent is no body. */
  readonly content?: Readonly<Record<string, z.ZodType | JsonSchema>> | undefined;
}

export type JsonSchema = Readonly<Record<string, unknown>>;
