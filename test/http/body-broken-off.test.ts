import { expect, test } from 'vitest';
import { createSpeechServer } from './speech-server.ts';

/** As Deno says it of a client that has left, whose signal it does not abort. */
const gone = new Error('Cannot read request body as underlying resource unavailable');

const breaksOff = (): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"text":')),
    pull: (controller) => controller.error(gone),
  });

test.each(['/v1/tts', '/v1/audio/speech', '/v1/text-to-speech/anna'])(
  'a body of %s that breaks off is a client that left, no failure of ours',
  async (path) => {
    const server = createSpeechServer();
    const { status } = await server.post(path, breaksOff());
    expect(status).toBe(499);
    expect(server.logs.filter(({ message }) => message === 'request')).toMatchObject([{ status: 499 }]);
    expect(server.opened).toEqual([]);
  },
);

test('so is one that a runtime has no more when it is asked for', async () => {
  const server = createSpeechServer();
  const request = new Request('http://localhost/v1/tts', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"text":"Hello."}',
  });
  Object.defineProperty(request, 'body', {
    get() {
      throw gone;
    },
  });
  expect((await server.send(request)).status).toBe(499);
});
