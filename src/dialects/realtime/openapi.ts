import * as z from 'zod';
import { type ApiPart, json, socket, usualError } from '../../http/operation.ts';
import { betaSessionBody, secretBody } from './client-secrets.ts';

const secret = { value: z.string(), expires_at: z.int() };
const session = z.looseObject({ id: z.string(), object: z.string() });
const betaSession = session.extend({ client_secret: z.object(secret) });

export function describe(): ApiPart {
  return {
    title: "OpenAI's Realtime protocol",
    error: usualError,
    operations: [
      {
        method: 'get',
        path: '/v1/realtime',
        id: 'realtime',
        summary: 'A conversation, or transcriptions, by events over a WebSocket',
        answers: socket,
      },
      {
        method: 'post',
        path: '/v1/realtime/client_secrets',
        id: 'createClientSecret',
        summary: 'Makes a key for a browser, which ends soon and opens one kind of session',
        body: { 'application/json': secretBody },
        example: { body: { session: { type: 'realtime', instructions: 'Answer in one sentence.' } } },
        answers: { 200: json(z.object({ ...secret, session })) },
      },
      {
        method: 'post',
        path: '/v1/realtime/sessions',
        id: 'createRealtimeSession',
        summary: 'The same as the beta has it',
        body: { 'application/json': betaSessionBody },
        example: { body: { instructions: 'Answer in one sentence.' } },
        answers: { 200: json(betaSession) },
      },
      {
        method: 'post',
        path: '/v1/realtime/transcription_sessions',
        id: 'createTranscriptionSession',
        summary: 'The same for a session that only writes down what it hears',
        body: { 'application/json': betaSessionBody },
        example: { body: { input_audio_format: 'pcm16' } },
        answers: { 200: json(betaSession) },
      },
    ],
  };
}
