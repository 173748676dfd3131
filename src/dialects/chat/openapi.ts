import { type ApiPart, socket, usualError } from '../../http/operation.ts';

export function describe(): ApiPart {
  return {
    title: 'Voice chat',
    error: usualError,
    operations: [
      {
        method: 'get',
        path: '/ws',
        id: 'chat',
        summary: 'A conversation with characters, in text and speech: messages in docs/api.md',
        answers: socket,
      },
      {
        method: 'get',
        path: '/ws/stream',
        id: 'promptStream',
        summary: 'Prompts that a language model answers in text and speech',
        answers: socket,
      },
    ],
  };
}
