import * as z from 'zod';
import { type ApiPart, audio, events, file, json, type Operation, socket } from '../../http/operation.ts';
import { voiceForm } from './add-voices.ts';
import { formNames, speechBody } from './speech-body.ts';
import { searchQuery } from './voices.ts';

const form = z.object({ output_format: z.enum(formNames as [string, ...string[]]).optional() });
const times = z.object({
  characters: z.array(z.string()),
  character_start_times_seconds: z.array(z.number()),
  character_end_times_seconds: z.array(z.number()),
});
const timed = z.looseObject({
  audio_base64: z.string(),
  alignment: times.nullable(),
  normalized_alignment: times.nullable(),
});
const voice = z.looseObject({
  voice_id: z.string(),
  name: z.string(),
  description: z.string(),
  category: z.enum(['premade', 'cloned']),
});
const done = json(z.object({ status: z.literal('ok') }), 'It is done.');
const changes = { 'multipart/form-data': voiceForm };
const error = z.object({
  detail: z.union([
    z.string(),
    z.object({
      type: z.string(),
      code: z.string(),
      message: z.string(),
      status: z.string(),
      param: z.union([z.string(), z.number()]).nullable(),
    }),
    z.array(
      z.looseObject({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string(), type: z.string() }),
    ),
  ]),
});

const speech = (way: string, id: string, summary: string, answers: Operation['answers']): Operation => ({
  method: 'post',
  path: `/v1/text-to-speech/:voice${way}`,
  id,
  summary,
  query: form,
  body: { 'application/json': speechBody },
  example: {
    path: { voice: 'alloy' },
    query: { output_format: 'mp3_44100_128' },
    body: { text: 'The tide is out.', voice_settings: { speed: 1.1 } },
  },
  answers,
});

const speeches: readonly Operation[] = [
  speech('', 'elevenlabsSpeech', 'Speaks a text', { 200: audio }),
  speech('/stream', 'elevenlabsStream', 'Speaks a text as a stream', { 200: audio }),
  speech('/with-timestamps', 'elevenlabsTimes', 'Speaks a text, with the times of its characters', {
    200: json(timed),
  }),
  speech('/stream/with-timestamps', 'elevenlabsTimesStream', 'The same as a stream of lines of JSON', {
    200: { description: events.description, content: { 'application/x-ndjson': null } },
  }),
  {
    method: 'get',
    path: '/v1/text-to-speech/:voice/stream-input',
    id: 'elevenlabsSocket',
    summary: 'Speaks what is written over a WebSocket',
    query: form,
    example: { path: { voice: 'alloy' } },
    answers: socket,
  },
];

const voices: readonly Operation[] = [
  {
    method: 'get',
    path: '/elevenlabs/v1/voices',
    id: 'elevenlabsVoices',
    summary: 'The voices; at /v1/voices for whoever sends xi-api-key, as all under /elevenlabs',
    answers: { 200: json(z.looseObject({ voices: z.array(voice) })) },
  },
  {
    method: 'get',
    path: '/v2/voices',
    id: 'elevenlabsSearch',
    summary: 'The voices, page by page',
    query: searchQuery,
    example: { query: { page_size: '5', sort: 'name' } },
    answers: {
      200: json(
        z.object({
          voices: z.array(voice),
          has_more: z.boolean(),
          total_count: z.int(),
          next_page_token: z.string().nullable(),
        }),
      ),
    },
  },
  {
    method: 'get',
    path: '/elevenlabs/v1/voices/:id',
    id: 'elevenlabsVoice',
    summary: 'A voice',
    answers: { 200: json(voice) },
  },
  {
    method: 'post',
    path: '/elevenlabs/v1/voices/add',
    id: 'elevenlabsAdd',
    summary: 'Makes a voice of a recording',
    body: { 'multipart/form-data': voiceForm.extend({ files: file }) },
    example: {
      body: {
        name: 'Grace',
        labels: { transcript: 'What Grace says.', consent: 'Grace Hopper, in writing' },
      },
    },
    answers: { 200: json(z.object({ voice_id: z.string(), requires_verification: z.boolean() })) },
  },
  {
    method: 'post',
    path: '/elevenlabs/v1/voices/:id/edit',
    id: 'elevenlabsEdit',
    summary: 'Changes the name or the description of a voice',
    body: changes,
    example: { body: { name: 'Grace again' } },
    answers: { 200: done },
  },
  {
    method: 'delete',
    path: '/elevenlabs/v1/voices/:id',
    id: 'elevenlabsDelete',
    summary: 'Ends a voice',
    answers: { 200: done },
  },
  {
    method: 'get',
    path: '/elevenlabs/v1/models',
    id: 'elevenlabsModels',
    summary: 'The names of models, and what they speak',
    answers: { 200: json(z.array(z.looseObject({ model_id: z.string(), name: z.string() }))) },
  },
];

export function describe(): ApiPart {
  return { title: 'ElevenLabs', error, operations: [...speeches, ...voices] };
}
