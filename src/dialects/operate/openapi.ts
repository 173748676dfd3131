import * as z from 'zod';
import { type ApiPart, healthAnswer, json, type Operation, usualError } from '../../http/operation.ts';
import { healthQuery } from '../../http/show-health.ts';

const status = z.object({ status: z.string() });
const count = z.int().min(0);

const health = status.extend({
  version: z.string().optional(),
  engine: z.string().optional(),
  ready: z.boolean().optional(),
  backend: healthAnswer.optional(),
  models: z
    .array(z.object({ id: z.string(), state: z.enum(['loaded', 'installed']), default: z.boolean() }))
    .optional(),
  performance: z
    .object({
      uptime_seconds: count,
      requests: count,
      streams: count,
      sockets: count,
      queued: count,
      running: count,
      first_audio_ms: z.object({ p50: z.number(), p95: z.number(), of: count }).nullable(),
      memory_bytes: z.number().nullable(),
    })
    .optional(),
});

const operations: readonly Operation[] = [
  {
    method: 'get',
    path: '/livez',
    id: 'livez',
    summary: 'Whether the process answers',
    isOpen: true,
    answers: { 200: json(status) },
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'readyz',
    summary: 'Whether it takes requests and something can speak',
    isOpen: true,
    answers: { 200: json(status), 503: json(status.extend({ reason: z.string() }), 'It is not ready.') },
  },
  {
    method: 'get',
    path: '/health',
    id: 'health',
    summary: 'That it is well; with `detailed`, which asks for the key, how all of it is',
    isOpen: true,
    query: healthQuery,
    example: { query: { detailed: 'true' } },
    answers: { 200: json(health) },
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'metrics',
    summary: 'What is counted, in the text format of Prometheus',
    answers: { 200: { description: 'The counts.', content: { 'text/plain': null } } },
  },
  {
    method: 'get',
    path: '/openapi.json',
    id: 'openapi',
    summary: 'This description',
    isOpen: true,
    answers: { 200: json(z.looseObject({ openapi: z.string() })) },
  },
  {
    method: 'get',
    path: '/docs',
    id: 'docs',
    summary: 'This description as a page; not on Workers',
    isOpen: true,
    answers: { 200: { description: 'The page.', content: { 'text/html': null } } },
  },
  {
    method: 'get',
    path: '/docs/:file',
    id: 'docsFile',
    summary: 'What that page is made of',
    isOpen: true,
    example: { path: { file: 'start.js' } },
    answers: { 200: { description: 'The file.', content: { 'text/javascript': null, 'text/css': null } } },
  },
];

export function describe(): ApiPart {
  return { title: 'Running the server', operations, error: usualError };
}
