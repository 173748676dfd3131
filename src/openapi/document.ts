import type * as z from 'zod';
import { version } from '../core/version.ts';
import type { Answer, ApiPart, Operation } from '../http/operation.ts';
import type { HttpDialect, Limits } from '../http/options.ts';
import { schemaOf } from './schema.ts';

type Json = Readonly<Record<string, unknown>>;

/** OpenAPI 3.1 (spec.openapis.org/oas/v3.1) of all routes that the dialects describe. */
export async function createDocument(dialects: readonly HttpDialect[], limits: Limits): Promise<object> {
  const parts: (ApiPart & { readonly name: string })[] = [];
  for (const { name, describe } of dialects) if (describe) parts.push({ name, ...(await describe(limits)) });
  const paths: Record<string, Record<string, Json>> = {};
  for (const { name, operations } of parts) {
    for (const operation of operations) {
      const path = templateOf(operation.path);
      paths[path] = { ...paths[path], [operation.method]: operationObject(operation, name) };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'fish-edge',
      version,
      description:
        'Text to speech, in the dialects of several servers and clouds. Limits are those of this server.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: parts.map(({ name, title }) => ({ name, description: title })),
    security: [{ bearer: [] }, { elevenlabs: [] }, { azure: [] }, {}], // none where no key is set
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        elevenlabs: { type: 'apiKey', in: 'header', name: 'xi-api-key' },
        azure: { type: 'apiKey', in: 'header', name: 'api-key' },
      },
      responses: Object.fromEntries(
        parts.map(({ name, error, errorTypes = [] }) => [
          name,
          {
            description: 'What went wrong.',
            content: contentOf(
              Object.fromEntries(['application/json', ...errorTypes].map((type) => [type, error])),
              'output',
            ),
          },
        ]),
      ),
    },
  };
}

function operationObject(operation: Operation, tag: string): Json {
  const { id, summary, aliases, isOpen, body, isBodyOptional, answers } = operation;
  return {
    operationId: id,
    summary,
    tags: [tag],
    ...(aliases && {
      description: `Also at ${aliases.map((path) => `\`${templateOf(path)}\``).join(', ')}.`,
    }),
    ...(isOpen && { security: [] }),
    parameters: [...pathParameters(operation), ...queryParameters(operation)],
    ...(body && {
      requestBody: { required: !isBodyOptional, content: contentOf(body, 'input', operation.example?.body) },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, responseObject(answer)]),
      ),
      default: { $ref: `#/components/responses/${tag}` },
    },
  };
}

/** `/model/:id{.+}` is `/model/{id}`. */
function templateOf(pattern: string): string {
  return pattern.replace(parameter, '{$1}');
}

/** A name in a pattern, and what is in its braces: braces of a rule may hold others. */
const parameter = /:(\w+)(?:\{((?:[^{}]|\{[^{}]*\})*)\})?/g;

function pathParameters({ path, example }: Operation): Json[] {
  return [...path.matchAll(parameter)].map(([, name = '', rule]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', ...(rule && rule !== '.+' && { pattern: `^${rule}$` }) },
    ...exampleOf(example?.path?.[name]),
  }));
}

function queryParameters({ query, example }: Operation): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
    ...exampleOf(example?.query?.[name]),
  }));
}

function exampleOf(example: unknown): Json {
  return example === undefined ? {} : { example };
}

function contentOf(
  content: Readonly<Record<string, z.ZodType | null>>,
  io: 'input' | 'output',
  example?: unknown,
): Json {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [
      type,
      { ...(schema && { schema: schemaOf(schema, io) }), ...exampleOf(example) },
    ]),
  );
}

function responseObject({ description, content }: Answer): Json {
  return { description, ...(content && { content: contentOf(content, 'output') }) };
}
