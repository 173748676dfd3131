import { decode, encode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { held } from '../upstream/pool-support.ts';
import { anOrigin } from './fish-client.ts';

/** The fake origin itself, against docs/fish-speech.md: what the other tests lean on. */

const json = { 'content-type': 'application/json' };
const post = (url: string, body: BodyInit, headers: Record<string, string> = json): Promise<Response> =>
  fetch(url, { method: 'POST', body, headers });

test.each([
  ['no key', {}, null, 'Bearer'],
  ['a key of another case', { authorization: 'bearer k' }, null, 'Bearer'],
  ['a wrong key', { authorization: 'Bearer x' }, 'Invalid token', null],
])('401 for %s', async (_name, headers, message, challenge) => {
  const origin = await anOrigin({ key: 'k' });
  const response = await fetch(`${origin.url}/v1/health`, { headers: headers as Record<string, string> });
  expect(response.headers.get('www-authenticate')).toBe(challenge);
  expect(await response.text()).toBe(JSON.stringify({ statusCode: 401, message, error: 'Unauthorized' }));
});

test('404 without a key, 405 empty with Allow, 415 with Accept', async () => {
  const origin = await anOrigin();
  const unknown = await fetch(`${origin.url}/v1/tts/`);
  expect(await unknown.text()).toBe('{"statusCode":404,"message":null,"error":"Not Found"}');
  const method = await fetch(`${origin.url}/v1/tts`);
  expect([method.status, method.headers.get('allow'), await method.text()]).toEqual([405, 'POST', '']);
  const type = await post(`${origin.url}/v1/tts`, 'x', { 'content-type': 'Application/JSON' });
  expect([type.status, type.headers.get('accept')]).toEqual([
    415,
    'application/msgpack, application/json, multipart/form-data',
  ]);
});

test('422 is a bare array, written with two blanks', async () => {
  const origin = await anOrigin();
  const response = await post(`${origin.url}/v1/tts`, '{"top_p":2}');
  const text = await response.text();
  expect(response.status).toBe(422);
  expect(text).toContain('\n      "le": 1.0\n');
  expect(JSON.parse(text)).toMatchObject([
    { type: 'missing', loc: ['text'], msg: 'Field required', input: { top_p: 2 } },
    { type: 'less_than_equal', loc: ['top_p'], input: 2 },
  ]);
});

test.each<[string, BodyInit, Record<string, string>, number, string]>([
  ['an empty JSON body', '', json, 400, 'Expecting value: line 1 column 1 (char 0)'],
  ['empty msgpack', '', { 'content-type': 'application/msgpack' }, 500, 'unexpected end of file'],
  [
    'a form without boundary',
    'x',
    { 'content-type': 'multipart/form-data' },
    400,
    'Missing boundary in header content-type',
  ],
  ['pcm', '{"text":"a","format":"pcm"}', json, 500, 'Failed to generate speech'],
  [
    'streamed mp3',
    '{"text":"a","format":"mp3","streaming":true}',
    json,
    400,
    'Streaming only supports WAV format',
  ],
  ['no words', '{"text":""}', json, 500, 'No audio generated, please check the input text.'],
  ['long text', '{"text":"😀😀😀😀😀😀"}', json, 400, 'Text is too long, max length is 5'],
])('%s is refused with its own words', async (_name, body, headers, status, message) => {
  const origin = await anOrigin({ maxTextLength: 5 });
  const response = await post(`${origin.url}/v1/tts`, body, headers);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ statusCode: status, message });
});

test('it takes msgpack and forms, speaks an unknown voice, and sends mp3 as such', async () => {
  const origin = await anOrigin();
  const url = `${origin.url}/v1/tts`;
  const packed = encode({
    text: 'Hi',
    reference_id: 'nobody',
    references: [{ audio: new Uint8Array(3), text: 'x' }], // of no account beside an id
  });
  const wav = await post(url, packed, { 'content-type': 'application/msgpack' });
  expect([wav.status, wav.headers.get('content-type'), wav.headers.get('content-length')]).toEqual([
    200,
    'audio/wav',
    null,
  ]);
  expect(
    Buffer.from(await wav.arrayBuffer())
      .subarray(0, 4)
      .toString(),
  ).toBe('RIFF');
  const form = new FormData();
  form.set('text', 'Hi');
  form.set('format', 'mp3');
  const mp3 = await post(url, form, {});
  expect([mp3.status, mp3.headers.get('content-type')]).toEqual([200, 'audio/mpeg']);
});

test('health answers only after the speech that is running', async () => {
  const origin = await anOrigin();
  const order: string[] = [];
  const noted = (name: string, work: Promise<Response>): Promise<number> => work.then(() => order.push(name));
  const first = noted('first', post(`${origin.url}/v1/tts`, JSON.stringify({ text: `${held} Hi` })));
  await origin.until(() => origin.queued === 1);
  const health = noted('health', fetch(`${origin.url}/v1/health`));
  await origin.until(() => origin.requests.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 50)); // an answer would be here by then
  expect(order).toEqual([]);
  origin.release();
  await Promise.all([first, health]);
});

test('references are added, listed as msgpack or JSON, renamed and deleted', async () => {
  const origin = await anOrigin();
  const url = `${origin.url}/v1/references`;
  const accept = { accept: 'application/json' };
  const form = new FormData();
  form.set('id', 'anna');
  form.set('text', 'Hello.');
  form.set('audio', new Blob(['RIFF']), 'a.wav');
  const added = await post(`${url}/add`, form, accept);
  expect(await added.json()).toEqual({
    success: true,
    message: "Reference voice 'anna' added successfully",
    reference_id: 'anna',
  });
  expect((await post(`${url}/add`, form, accept)).status).toBe(409);
  const renaming = JSON.stringify({ old_reference_id: 'anna', new_reference_id: 'zoe' });
  expect((await post(`${url}/update`, renaming)).status).toBe(200);
  const listed = await fetch(`${url}/list`);
  expect(listed.headers.get('content-type')).toBe('application/msgpack');
  expect(decode(await listed.arrayBuffer())).toMatchObject({ reference_ids: ['zoe'] });
  const body = '{"reference_id":"zoe"}';
  const deleted = await fetch(`${url}/delete?format=json`, { method: 'DELETE', body, headers: json });
  expect(await deleted.json()).toMatchObject({ success: true, reference_id: 'zoe' });
});
