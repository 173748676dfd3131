import * as z from 'zod';
import {
  type Answer,
  type ApiPart,
  customVoiceAnswer,
  deletedAnswer,
  file,
  json,
  type Operation,
  usualError,
  voiceAnswer,
} from '../../http/operation.ts';
import { conversationOperations } from './conversations-openapi.ts';
import { pronunciationBody } from './pronunciation-fields.ts';
import { addSchema, changeSchema } from './voices.ts';

const pronunciation = z.object({
  id: z.string(),
  object: z.literal('pronunciation'),
  word: z.string(),
  alias: z.string().optional(),
  ipa: z.string().optional(),
  language: z.string().optional(),
  voice: z.string().optional(),
  case_sensitive: z.boolean(),
  shared: z.boolean(),
});
const usage = z.object({
  object: z.literal('list'),
  key: z.string().nullable(),
  data: z.array(
    z.object({
      month: z.string(),
      requests: z.int(),
      characters: z.int(),
      audio_seconds: z.number(),
    }),
  ),
});
const receipt = z.looseObject({
  id: z.string(),
  object: z.literal('audio.speech.receipt'),
  voice: z.object({ id: z.string(), name: z.string() }),
  text_sha256: z.string(),
  audio_sha256: z.string(),
  signed: z.string(),
  signature: z.string(),
  algorithm: z.literal('HMAC-SHA256'),
});
const wav: Answer = { description: 'The recording.', content: { 'audio/wav': null } };

const pronunciations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/pronunciations',
    id: 'listPronunciations',
    summary: 'The words that were taught',
    answers: { 200: json(z.object({ object: z.literal('list'), data: z.array(pronunciation) })) },
  },
  {
    method: 'post',
    path: '/v1/pronunciations',
    id: 'addPronunciation',
    summary: 'Teaches a word: how it is written, and how it sounds',
    body: { 'application/json': pronunciationBody },
    example: { body: { word: 'Nguyen', alias: 'win' } },
    answers: { 201: json(pronunciation) },
  },
  {
    method: 'get',
    path: '/v1/pronunciations/:id',
    id: 'getPronunciation',
    summary: 'A word that was taught',
    answers: { 200: json(pronunciation) },
  },
  {
    method: 'delete',
    path: '/v1/pronunciations/:id',
    id: 'deletePronunciation',
    summary: 'Forgets a word',
    answers: { 200: deletedAnswer },
  },
];

const voices: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/voices',
    id: 'addVoice',
    summary: 'Makes a voice of a recording, with the consent of whoever is heard in it',
    body: {
      'multipart/form-data': addSchema.extend({ reference: file }),
      'application/json': addSchema.extend({ reference: z.string() }),
    },
    example: {
      body: {
        name: 'Ada',
        transcript: 'What is said in the recording.',
        consent: { who: 'Ada Lovelace, in writing' },
      },
    },
    answers: { 201: json(customVoiceAnswer), 200: json(customVoiceAnswer, 'It was there already.') },
  },
  {
    method: 'get',
    path: '/v1/voices/:id',
    id: 'getVoice',
    summary: 'A voice',
    answers: { 200: json(voiceAnswer) },
  },
  {
    method: 'patch',
    path: '/v1/voices/:id',
    id: 'changeVoice',
    summary: 'Changes the name, the description or who may use a voice',
    body: { 'application/json': changeSchema },
    example: { body: { description: 'Heard in the morning.' } },
    answers: { 200: json(customVoiceAnswer) },
  },
  {
    method: 'delete',
    path: '/v1/voices/:id',
    id: 'deleteVoice',
    summary: 'Ends a voice, its recording, and what is kept of its speech',
    answers: { 200: deletedAnswer },
  },
  {
    method: 'get',
    path: '/v1/voices/:id/preview',
    id: 'previewVoice',
    summary: 'The recording of a voice, or a range of it',
    answers: { 200: wav, 206: wav },
  },
  {
    method: 'get',
    path: '/v1/audio/speech/:id{[0-9a-f]{32}}/receipt',
    id: 'getReceipt',
    summary: 'What was said with a voice that was made of a recording, signed',
    answers: { 200: json(receipt) },
  },
];

export function describe(): ApiPart {
  return {
    title: 'Voices, words and usage',
    error: usualError,
    operations: [
      ...pronunciations,
      {
        method: 'get',
        path: '/v1/usage',
        id: 'usage',
        summary: 'What the key that asks has used, month by month',
        answers: { 200: json(usage) },
      },
      ...voices,
      ...conversationOperations,
    ],
  };
}
