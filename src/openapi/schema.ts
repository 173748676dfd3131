import * as z from 'zod';

/**
 * JSON Schema (2020-12, as OpenAPI 3.1 has it) of what a schema takes, or gives. What JSON cannot say, a rule in code above all,
 * is not in it: the messages of refusals say that.
 */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
