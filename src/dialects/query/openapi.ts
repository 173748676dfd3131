import * as z from 'zod';
import { type Answer, type ApiPart, json, usualError } from '../../http/operation.ts';
import { queryFields } from './query-fields.ts';

const wav: Answer = { description: 'The audio.', content: { 'audio/wav': null } };
const error = z.object({ error: z.string() });
/** What is no file of ours is an unknown address, and those are answered as OpenAI's clients expect it. */
const gone = json(z.union([error, usualError]), 'There is no such file, or not any more.');
const example = { query: { text: 'The tide is out.', speed: 'slow' } };

export function describe(): ApiPart {
  return {
    title: 'The query API',
    error,
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
        answers: { 200: wav, 206: wav, 404: gone },
      },
    ],
  };
}
