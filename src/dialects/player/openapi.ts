import * as z from 'zod';
import { type ApiPart, audio } from '../../http/operation.ts';

export function describe(): ApiPart {
  return {
    title: 'Players of signed addresses',
    error: z.object({ error: z.string() }),
    operations: [
      {
        method: 'get',
        path: '/tts/play/:name',
        id: 'playSigned',
        summary: 'Plays an address that /v1/audio/speech/url has signed; a range of it, too',
        isOpen: true,
        query: z.object({ say: z.string(), expires: z.string(), sig: z.string() }),
        answers: { 200: audio, 206: audio },
      },
    ],
  };
}
