import * as z from 'zod';
import {
  type Answer,
  type ApiPart,
  audio,
  events,
  file,
  healthAnswer,
  json,
  type Operation,
  socket,
} from '../../http/operation.ts';
import type { Limits } from '../../http/options.ts';
import { healthQuery } from '../../http/show-health.ts';
import { asrSchema } from './asr.ts';
import { modelQuery } from './cloud.ts';
import { modelChange, newModel } from './models.ts';
import { addSchema, deleteSchema, updateSchema } from './references.ts';
import { ttsSchema } from './tts-fields.ts';

const error = z.looseObject({
  statusCode: z.int(),
  status: z.int(),
  message: z.string(),
  error: z.string(),
  detail: z.string(),
});
const health = z.object({
  status: z.literal('ok'),
  engine: z.string().optional(),
  backend: healthAnswer.optional(),
});
const done = z.looseObject({ success: z.boolean(), message: z.string() });
const references = z.object({
  success: z.boolean(),
  reference_ids: z.array(z.string()),
  message: z.string(),
});
const model = z.looseObject({
  _id: z.string(),
  type: z.literal('tts'),
  title: z.string(),
  languages: z.array(z.string()),
});
const nothing: Answer = { description: 'It is done.' };
const wallet = z.looseObject({ _id: z.string(), user_id: z.string() });
const codebooks = z.array(z.array(z.array(z.int())));
/** Fish-Speech's own format, where a client asks for no JSON. */
const asFish = (schema: z.ZodType): Answer => ({
  description: 'So it is.',
  content: { 'application/msgpack': schema, 'application/json': schema },
});
/** Bodies come in all three. */
const inAny = (schema: z.ZodType): Operation['body'] => ({
  'application/json': schema,
  'application/msgpack': schema,
  'multipart/form-data': schema,
});
const packed = (schema: z.ZodType): Operation['body'] => ({
  'application/msgpack': schema,
  'multipart/form-data': schema,
});
const jsonFormat = z.object({ format: z.enum(['json']).optional() });
const example = { body: { text: 'The tide is out.', format: 'wav', streaming: false } };

function speeches(tts: z.ZodType): readonly Operation[] {
  return [
    {
      method: 'post',
      path: '/v1/tts',
      id: 'fishSpeech',
      summary: 'Speaks a text, as Fish-Speech and the Fish Audio cloud do',
      body: inAny(tts),
      example,
      answers: { 200: audio },
    },
    {
      method: 'post',
      path: '/v1/tts/stream/with-timestamp',
      id: 'fishTimes',
      summary: 'Speaks a text, with the times of its words',
      body: inAny(tts),
      example,
      answers: { 200: events },
    },
    {
      method: 'get',
      path: '/v1/tts/live',
      id: 'fishLive',
      summary: 'Speaks what is written over a WebSocket',
      answers: socket,
    },
    {
      method: 'get',
      path: '/v1/tts/live/with-timestamp',
      id: 'fishLiveTimes',
      summary: 'The same, with the times of words',
      answers: socket,
    },
    {
      method: 'post',
      path: '/v1/asr',
      id: 'fishAsr',
      summary: 'Writes down what is said in a recording',
      body: packed(asrSchema),
      example: { body: { ignore_timestamps: true } },
      answers: {
        200: json(z.object({ text: z.string(), duration: z.number(), segments: z.array(z.unknown()) })),
      },
    },
  ];
}

function referenceRoutes(limits: Limits): readonly Operation[] {
  return [
    {
      method: 'get',
      path: '/v1/references',
      id: 'references',
      summary: 'The reference voices',
      answers: { 200: json(references) },
    },
    {
      method: 'get',
      path: '/v1/references/list',
      id: 'listReferences',
      summary: 'The same, as Fish-Speech answers',
      query: jsonFormat,
      example: { query: { format: 'json' } },
      answers: { 200: asFish(references) },
    },
    {
      method: 'post',
      path: '/v1/references/add',
      id: 'addReference',
      summary: 'Gives a reference voice to every Fish-Speech server',
      query: jsonFormat,
      body: inAny(addSchema(limits)),
      example: {
        query: { format: 'json' },
        body: { id: 'described', text: 'What is said in the recording.' },
      },
      answers: { 200: asFish(done) },
    },
    {
      method: 'post',
      path: '/v1/references/update',
      id: 'renameReference',
      summary: 'Renames a reference voice',
      query: jsonFormat,
      body: inAny(updateSchema),
      example: {
        query: { format: 'json' },
        body: { old_reference_id: 'described', new_reference_id: 'renamed' },
      },
      answers: { 200: asFish(done) },
    },
    {
      method: 'delete',
      path: '/v1/references/delete',
      id: 'deleteReference',
      summary: 'Deletes a reference voice',
      query: jsonFormat,
      body: inAny(deleteSchema),
      example: { query: { format: 'json' }, body: { reference_id: 'renamed' } },
      answers: { 200: asFish(done) },
    },
    {
      method: 'delete',
      path: '/v1/references/:id',
      id: 'deleteReferenceById',
      summary: 'The same',
      answers: { 200: json(done) },
    },
  ];
}

const tokens: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/vqgan/encode',
    id: 'encodeTokens',
    summary: 'Makes audio tokens of recordings',
    query: jsonFormat,
    body: packed(z.object({ audios: z.array(file) })),
    example: { query: { format: 'json' } },
    answers: { 200: asFish(z.object({ tokens: codebooks })) },
  },
  {
    method: 'post',
    path: '/v1/vqgan/decode',
    id: 'decodeTokens',
    summary: 'Makes audio of tokens',
    query: jsonFormat,
    body: inAny(z.object({ tokens: codebooks })),
    example: {
      query: { format: 'json' },
      body: { tokens: [Array.from({ length: 10 }, () => [1, 2, 3, 4])] },
    },
    answers: { 200: asFish(z.object({ audios: z.array(z.string()) })) },
  },
];

const cloud: readonly Operation[] = [
  {
    method: 'get',
    path: '/model',
    id: 'fishModels',
    summary: 'The voices, as the Fish Audio cloud lists its models',
    query: modelQuery,
    example: { query: { page_size: '5' } },
    answers: { 200: json(z.looseObject({ total: z.int(), items: z.array(model), has_more: z.boolean() })) },
  },
  {
    method: 'post',
    path: '/model',
    id: 'fishAddModel',
    summary: 'Makes a voice of a recording',
    body: { 'multipart/form-data': newModel.extend({ voices: file }) },
    example: { body: { title: 'Hedy', texts: 'What Hedy says.' } },
    answers: { 201: json(model) },
  },
  { method: 'get', path: '/model/:id', id: 'fishModel', summary: 'A voice', answers: { 200: json(model) } },
  {
    method: 'patch',
    path: '/model/:id',
    id: 'fishChangeModel',
    summary: 'Changes the title or the description of a voice',
    body: inAny(modelChange),
    example: { body: { title: 'Hedy again' } },
    answers: { 200: nothing },
  },
  {
    method: 'delete',
    path: '/model/:id',
    id: 'fishDeleteModel',
    summary: 'Ends a voice',
    answers: { 200: nothing },
  },
  {
    method: 'get',
    path: '/wallet/:user/api-credit',
    id: 'fishCredit',
    summary: 'That there is enough',
    example: { path: { user: 'self' } },
    answers: { 200: json(wallet) },
  },
  {
    method: 'get',
    path: '/wallet/:user/package',
    id: 'fishPackage',
    summary: 'That there is enough',
    example: { path: { user: 'self' } },
    answers: { 200: json(wallet) },
  },
];

const healthOperation = {
  path: '/v1/health',
  summary: 'That it is well; with `detailed`, which asks for the key, how each upstream is',
  isOpen: true,
  query: healthQuery,
  example: { query: { detailed: 'true' } },
  answers: { 200: json(health) },
} as const;

export function describe(limits: Limits): ApiPart {
  return {
    title: 'Fish-Speech and the Fish Audio cloud',
    error,
    errorTypes: ['application/msgpack'],
    operations: [
      ...speeches(ttsSchema(limits)),
      ...referenceRoutes(limits),
      ...tokens,
      ...cloud,
      { ...healthOperation, method: 'get', id: 'fishHealth' },
      { ...healthOperation, method: 'post', id: 'fishHealthPost' },
    ],
  };
}
