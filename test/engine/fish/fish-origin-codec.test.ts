import { decode, encode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { referenceAudio } from '../../reference-audio.ts';
import { anOrigin } from './fish-client.ts';

/** The fake origin's codec, against docs/fish-speech.md, codec. */

const json = { 'content-type': 'application/json' };
const msgpack = { 'content-type': 'application/msgpack' };
const post = (url: string, body: BodyInit, headers: Record<string, string>): Promise<Response> =>
  fetch(url, { method: 'POST', body, headers });

test('msgpack leaves it as plain text: ten codebooks, and float16 back', async () => {
  const { url } = await anOrigin();
  const encoded = await post(
    `${url}/v1/vqgan/encode`,
    encode({ audios: [referenceAudio(0.2)] }) as BodyInit,
    msgpack,
  );
  expect(encoded.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  const { tokens } = decode(await encoded.arrayBuffer()) as { tokens: number[][][] };
  expect([tokens.length, tokens[0]?.length, tokens[0]?.[0]?.length]).toEqual([1, 10, 5]);
  const decoded = await post(`${url}/v1/vqgan/decode`, encode({ tokens }) as BodyInit, msgpack);
  expect(decoded.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  const { audios } = decode(await decoded.arrayBuffer()) as { audios: Uint8Array[] };
  expect(audios.map((audio) => audio.length)).toEqual([5 * 4096]);
});

test.each([
  ['no audio at all', 'encode', { audios: [] }, 'Failed to encode audio'],
  [
    'base64, which it takes for the audio itself',
    'encode',
    { audios: ['UklGRg=='] },
    'Failed to encode audio',
  ],
  [
    'tokens of nine codebooks',
    'decode',
    { tokens: [Array(9).fill([1])] },
    'Failed to decode tokens to audio',
  ],
])('%s is a 500', async (_name, route, body, message) => {
  const { url } = await anOrigin();
  const response = await post(`${url}/v1/vqgan/${route}`, JSON.stringify(body), json);
  expect([response.status, await response.text()]).toEqual([
    500,
    JSON.stringify({ statusCode: 500, message, error: 'Internal Server Error' }),
  ]);
});

test('a missing list is a 422, and there is no other method', async () => {
  const { url } = await anOrigin();
  const response = await post(`${url}/v1/vqgan/decode`, '{}', json);
  expect(await response.json()).toMatchObject([{ type: 'missing', loc: ['tokens'] }]);
  const got = await fetch(`${url}/v1/vqgan/encode`);
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
});
