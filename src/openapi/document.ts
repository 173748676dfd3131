import type { HttpDialect, Limits } from '../http/options.ts';

export async function createDocument(dialects: readonly HttpDialect[], limits: Limits): Promise<object> {
  return { dialects: dialects.length, limits };
}
