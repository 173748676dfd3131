import { type ApiPart, socket, usualError } from '../../http/operation.ts';

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
    ],
  };
}
