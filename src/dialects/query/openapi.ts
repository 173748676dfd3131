import * as z from 'zod';
import { type Answer, type ApiPart, json } from '../../http/operation.ts';
import { queryFields } from './query-fields.ts';

const wav: Answer = { description: 'The audio.', content: { 'audio/wav': null } };
const example = { query: { text: 'The tide is out.', speed: 'slow' } };

export function describe(): ApiPart {
  return {
    title: 'The query API',
    error: z.object({ error: z.string() }),
    operations: [
      {
        method: 'get',
        path: '/tts/stream',
        id: 'queryStream',
        summary: 'Speaks the text of an address',
        query: queryFields,
        example,
        answers: { 200: wav },
      },
      {
        method: 'get',
        path: '/tts',
        id: 'queryFile',
        summary: 'Makes a file of the text of an address',
        query: queryFields,
        example,
        answers: {
          200: json(z.object({ hash: z.string(), text: z.string(), speed: z.string(), audio_url: z.url() })),
        },
      },
      {
        method: 'get',
        path: '/audio/:file{[^/]+\\.wav}',
        id: 'queryAudio',
        summary: 'A file that was made a while ago, or a range of it',
        answers: { 200: wav, 206: wav },
      },
    ],
  };
}
