import * as z from 'zod';
import {
  type ApiPart,
  deletedAnswer,
  events,
  json,
  type Operation,
  usualError,
} from '../../http/operation.ts';
import { keyBody, keyChange } from './key-fields.ts';
import { usageQuery } from './state.ts';

const count = z.int().min(0);
const listOf = (item: z.ZodObject): z.ZodObject =>
  z.object({ object: z.literal('list'), data: z.array(item) });

const key = z.object({
  object: z.literal('admin.key'),
  name: z.string(),
  rate: count.nullable(),
  characters: count.nullable(),
  admin: z.boolean(),
  created: z.string(),
  expires: z.string().nullable(),
});
const usage = z.object({
  key: z.string(),
  months: z.array(
    z.object({ month: z.string(), requests: count, characters: count, audio_seconds: z.number() }),
  ),
});
const upstream = z.object({
  object: z.literal('admin.upstream'),
  number: z.int().min(1),
  kind: z.string(),
  url: z.string(),
  status: z.enum(['healthy', 'unhealthy']).optional(),
  latency_ms: z.number().optional(),
  error: z.string().optional(),
  version: z.string().optional(),
  slots: count,
  slots_in_use: count,
  breaker: z.enum(['open', 'closed']),
  draining: z.boolean(),
  failures: count,
});
const model = z.object({
  id: z.string(),
  object: z.literal('voice_pack'),
  state: z.enum(['available', 'installed', 'outdated', 'loaded']),
  default: z.boolean(),
  family: z.string(),
  languages: z.array(z.string()),
  voices: count,
  license: z.string(),
  bytes: count,
  added: z.boolean(),
  pull: z
    .object({
      stage: z.enum(['waiting', 'fetching', 'preparing']),
      done_bytes: count,
      total_bytes: count,
      seconds_left: z.number().nullable(),
    })
    .nullable(),
});
const overview = z.object({
  object: z.literal('admin'),
  administrator: z.boolean(),
  changes_keys: z.boolean(),
  pulls_models: z.boolean(),
});

const operations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/admin',
    id: 'adminOverview',
    summary: 'Whether whoever asks may look after this server, and what can be changed here',
    answers: { 200: json(overview) },
  },
  {
    method: 'get',
    path: '/v1/admin/keys',
    id: 'adminListKeys',
    summary: 'Names, limits and dates of the keys; never a key',
    answers: { 200: json(listOf(key)) },
  },
  {
    method: 'post',
    path: '/v1/admin/keys',
    id: 'adminAddKey',
    summary: 'Makes a key: the only answer that shows it',
    body: { 'application/json': keyBody },
    example: { body: { name: 'ada', rate: 60, admin: false, expires: '2100-01-31' } },
    answers: { 201: json(key.extend({ key: z.string() })) },
  },
  {
    method: 'patch',
    path: '/v1/admin/keys/:name',
    id: 'adminChangeKey',
    summary: 'Changes limits, the right to administer, or the end of a key',
    body: { 'application/json': keyChange },
    example: { path: { name: 'ada' }, body: { rate: 120, expires: null } },
    answers: { 200: json(key) },
  },
  {
    method: 'delete',
    path: '/v1/admin/keys/:name',
    id: 'adminDeleteKey',
    summary: 'Withdraws a key: it is refused from then on',
    example: { path: { name: 'ada' } },
    answers: { 200: deletedAnswer },
  },
  {
    method: 'get',
    path: '/v1/admin/usage',
    id: 'adminUsage',
    summary: 'What each key has used, the newest month first',
    query: usageQuery,
    example: { query: { months: '12' } },
    answers: { 200: json(listOf(usage)) },
  },
  {
    method: 'get',
    path: '/v1/admin/upstreams',
    id: 'adminUpstreams',
    summary:
      'How each upstream is: slots that this server holds, breaker, latency; and who waits for all of them',
    answers: { 200: json(listOf(upstream).extend({ queued: count, running: count })) },
  },
  {
    method: 'get',
    path: '/v1/admin/models',
    id: 'adminListModels',
    summary: 'The voice packs that are here, and those that can be fetched',
    answers: { 200: json(listOf(model)) },
  },
  {
    method: 'post',
    path: '/v1/admin/models/:name',
    id: 'adminPullModel',
    summary: 'Fetches, verifies and prepares a pack, for as long as its client listens; not on Workers',
    example: { path: { name: 'en_US-joe-medium' } },
    answers: { 200: events },
  },
  {
    method: 'delete',
    path: '/v1/admin/models/:name',
    id: 'adminRemoveModel',
    summary: 'Deletes a pack that is not the default voice; not on Workers',
    example: { path: { name: 'en_US-joe-medium' } },
    answers: { 200: deletedAnswer },
  },
];

export function describe(): ApiPart {
  return { title: 'Looking after the server', operations, error: usualError };
}
