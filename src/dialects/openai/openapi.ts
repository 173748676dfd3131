import * as z from 'zod';
import {
  type Answer,
  type ApiPart,
  audio,
  events,
  file,
  json,
  type Operation,
  usualError,
  voiceAnswer,
} from '../../http/operation.ts';
import type { Limits } from '../../http/options.ts';
import { modelNames } from '../../speech/models.ts';
import { voicesQuery } from './models.ts';
import { prewarmBody } from './prewarm.ts';
import { life } from './sign.ts';
import { speechSchema } from './speech-fields.ts';
import { transcriptionFields } from './transcription-form.ts';

const model = z.looseObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
});
const models = z.object({
  object: z.literal('list'),
  data: z.array(model),
  models: z.array(model),
  voice_packs: z.array(
    z.object({
      id: z.string(),
      object: z.literal('voice_pack'),
      state: z.enum(['loaded', 'installed']),
      default: z.boolean(),
      languages: z.array(z.string()),
      license: z.string().optional(),
    }),
  ),
});
const voices = z.object({
  object: z.literal('list').optional(),
  data: z.array(voiceAnswer).optional(),
  voices: z.array(z.union([voiceAnswer, z.string()])),
});
const captions: Answer = {
  description: 'The captions.',
  content: { 'application/x-subrip': null, 'text/vtt': null, 'application/json': z.looseObject({}) },
};
const transcript: Answer = {
  description: 'What was said.',
  content: {
    'application/json': z.looseObject({ text: z.string() }),
    'text/plain': null,
    'application/x-subrip': null,
    'text/vtt': null,
    'text/event-stream': null,
  },
};

const speech: Operation = {
  method: 'post',
  path: '/v1/audio/speech',
  aliases: ['/audio/speech'],
  id: 'createSpeech',
  summary: 'Speaks a text: a stream of audio, or of events that carry it',
  body: { 'application/json': speechSchema },
  example: { body: { model: 'tts-1', input: 'The tide is out.', voice: 'alloy', response_format: 'wav' } },
  answers: {
    200: { description: audio.description, content: { ...audio.content, ...events.content } },
  },
};

const lists: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/models',
    aliases: ['/models'],
    id: 'listModels',
    summary: 'The names of models, and the voice packs that are installed',
    answers: { 200: json(models) },
  },
  {
    method: 'get',
    path: '/v1/audio/models',
    aliases: ['/audio/models'],
    id: 'listAudioModels',
    summary: 'The same',
    isOpen: true,
    answers: { 200: json(models) },
  },
  {
    method: 'get',
    path: '/v1/models/:id{.+}',
    aliases: ['/models/:id{.+}'],
    id: 'getModel',
    summary: 'A model, with the voices',
    example: { path: { id: modelNames[0] ?? '' } },
    answers: { 200: json(model) },
  },
  {
    method: 'get',
    path: '/v1/audio/voices',
    aliases: ['/audio/voices'],
    id: 'listAudioVoices',
    summary: 'The voices',
    isOpen: true,
    query: voicesQuery,
    answers: { 200: json(voices) },
  },
  {
    method: 'get',
    path: '/v1/voices',
    aliases: ['/voices'],
    id: 'listVoices',
    summary: 'The voices',
    query: voicesQuery,
    answers: { 200: json(voices) },
  },
];

const transcriptions: readonly Operation[] = (['transcriptions', 'translations'] as const).map((task) => ({
  method: 'post',
  path: `/v1/audio/${task}`,
  aliases: [`/audio/${task}`],
  id: task === 'transcriptions' ? 'createTranscription' : 'createTranslation',
  summary: task === 'transcriptions' ? 'Writes down what is said in a recording' : 'The same in English',
  body: {
    'multipart/form-data': transcriptionFields.extend({
      file,
      timestamp_granularities: transcriptionFields.shape.timestamp_granularities.optional(),
    }),
  },
  example: { body: { model: 'whisper-1', response_format: 'json' } },
  answers: { 200: transcript },
}));

export function describe({ maxInputLength }: Pick<Limits, 'maxInputLength'>): ApiPart {
  const spoken = `${speech.summary}. At most ${maxInputLength} characters`;
  return {
    title: 'OpenAI',
    error: usualError,
    operations: [
      { ...speech, summary: spoken },
      {
        method: 'get',
        path: '/v1/audio/speech/:file{[0-9a-f]{32}\\.(?:srt|vtt|json)}',
        aliases: ['/audio/speech/:file{[0-9a-f]{32}\\.(?:srt|vtt|json)}'],
        id: 'getCaptions',
        summary: 'The captions of a speech, once all of it was sent: X-Speech-ID, and what they are to be',
        answers: { 200: captions },
      },
      {
        method: 'post',
        path: '/v1/audio/speech/url',
        id: 'signSpeech',
        summary: 'Signs an address that speaks, for players that can send no key',
        body: { 'application/json': speechSchema.extend(life.shape) },
        example: { body: { input: 'The tide is out.', response_format: 'mp3', expires_in: 60 } },
        answers: { 200: json(z.object({ url: z.url(), expires_at: z.int() })) },
      },
      {
        method: 'post',
        path: '/v1/audio/prewarm',
        id: 'prewarm',
        summary: 'Answers when a voice can speak without a wait',
        body: { 'application/json': prewarmBody },
        isBodyOptional: true,
        example: { body: {} },
        answers: {
          200: json(z.object({ status: z.literal('accepted'), ready: z.boolean(), engine: z.string() })),
        },
      },
      ...lists,
      ...transcriptions,
      {
        method: 'get',
        path: '/v1/test',
        id: 'test',
        summary: 'What some clients ask to find out who answers',
        isOpen: true,
        answers: { 200: json(z.object({ status: z.literal('ok') })) },
      },
      {
        method: 'get',
        path: '/',
        id: 'root',
        summary: 'The name of the server',
        isOpen: true,
        answers: { 200: json(z.looseObject({ name: z.string(), status: z.literal('ok') })) },
      },
    ],
  };
}
