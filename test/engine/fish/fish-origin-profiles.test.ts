import { describe, expect, test } from 'vitest';
import { type OriginVersion, originVersions } from '../../fake-origin/profiles.ts';
import { referenceAudio } from '../../reference-audio.ts';
import { anOrigin } from './fish-client.ts';

/** The releases that the fake origin can be: where they differ, and what a client's bad request makes of each. */

const json = { 'content-type': 'application/json' };
const aVersion = (version: OriginVersion, references: string[] = []): ReturnType<typeof anOrigin> =>
  anOrigin({ version, references });
async function speak(
  url: string,
  body: object,
): Promise<{ status: number; message: unknown; bytes: number }> {
  const response = await fetch(`${url}/v1/tts`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify(body),
  });
  const bytes = await response.arrayBuffer();
  const said = response.ok ? undefined : JSON.parse(new TextDecoder().decode(bytes));
  return { status: response.status, message: said?.message ?? said?.[0]?.type, bytes: bytes.byteLength };
}
const base64 = (audio: Uint8Array): string => Buffer.from(audio).toString('base64');
const longName = '语'.repeat(200);

test.each<[OriginVersion, number, number, number]>([
  ['1.4.3', 405, 404, 404],
  ['1.5.1', 200, 404, 404],
  ['80db25e', 200, 200, 404],
  ['3dd1f85', 200, 200, 404],
])('%s answers %i for GET of its health and %i for its voices', async (version, health, voices) => {
  const { url } = await aVersion(version);
  expect((await fetch(`${url}/v1/health`)).status).toBe(health);
  expect((await fetch(`${url}/v1/health`, { method: 'POST' })).status).toBe(200);
  expect((await fetch(`${url}/v1/references/list`)).status).toBe(voices);
  const ui = await (await fetch(`${url}/ui`)).text();
  expect(ui.includes('WebUI')).toBe(version === '3dd1f85');
});

test('the document of a release says which one it is, without the key', async () => {
  const found: unknown[] = [];
  for (const version of originVersions) {
    const { url } = await anOrigin({ version, key: 'k' });
    const document = (await (await fetch(`${url}/json`)).json()) as {
      info: { version: string };
      paths: object;
      components: {
        schemas: { ServeTTSRequest: { properties: Record<string, { enum?: string[]; default?: string }> } };
      };
    };
    const { properties } = document.components.schemas.ServeTTSRequest;
    found.push([
      document.info.version,
      '/v1/references/add' in document.paths,
      properties.use_memory_cache?.default,
      properties.format?.enum?.includes('opus'),
    ]);
  }
  expect(found).toEqual([
    ['1.4.2', false, 'never', false],
    ['1.5.0', false, 'off', false],
    ['1.5.0', true, 'off', false],
    ['1.5.0', true, 'off', true],
  ]);
});

test('1.4.3 does not know the values of use_memory_cache that came after it', async () => {
  const { url } = await aVersion('1.4.3');
  expect(await speak(url, { text: 'Hi', use_memory_cache: 'off' })).toMatchObject({
    status: 422,
    message: 'literal_error',
  });
  expect((await speak(url, { text: 'Hi' })).status).toBe(200);
});

describe.each(originVersions)('%s', (version) => {
  test('speaks an unknown voice, and fails at a name that makes no path', async () => {
    const { url } = await aVersion(version);
    expect((await speak(url, { text: 'Hi', reference_id: 'nobody' })).status).toBe(200);
    expect((await speak(url, { text: 'Hi', reference_id: longName })).status).toBe(500);
    const outside = await speak(url, { text: 'Hi', reference_id: '../x' });
    expect(outside.status).toBe(version === '3dd1f85' ? 500 : 200);
  });

  test.each<[string, object, string]>([
    [
      'an undecodable reference',
      { references: [{ audio: base64(new Uint8Array(400)), text: 'x' }] },
      'Failed to generate speech',
    ],
    [
      'a tiny reference',
      { references: [{ audio: base64(referenceAudio(0.001)), text: 'x' }] },
      'Failed to generate speech',
    ],
    ['a broken voice', { reference_id: 'broken' }, 'Failed to generate speech'],
    [
      'a prompt that is too long',
      { references: [{ audio: base64(referenceAudio(100)), text: 'x' }] },
      'Prompt is too long: ',
    ],
  ])('%s is a 500, and in a stream an empty one that breaks off', async (_name, fields, message) => {
    const origin = await aVersion(version, ['anna']);
    origin.references.set('broken', { text: 'x', audio: Buffer.from('no sound') });
    const whole = await speak(origin.url, { text: 'Hi', ...fields });
    expect(whole).toMatchObject({ status: 500, message: expect.stringContaining(message) });
    const response = await fetch(`${origin.url}/v1/tts`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ text: 'Hi', streaming: true, ...fields }),
    });
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow();
    expect((await speak(origin.url, { text: 'Hi', reference_id: 'anna' })).status).toBe(200);
  });
});

test('3dd1f85 has opus in its schema and not in its encoder, and a codec that only encodes', async () => {
  const { url } = await aVersion('3dd1f85');
  expect(await speak(url, { text: 'Hi', format: 'opus' })).toMatchObject({ status: 500 });
  expect(await speak(url, { text: 'Hi', latency: 'low' })).toMatchObject({ status: 422 });
  expect(await speak(url, { text: 'Hi', latency: 'balanced' })).toMatchObject({ status: 200 });
  const tokens = JSON.stringify({ tokens: [Array(10).fill([1, 2])] });
  const decoded = await fetch(`${url}/v1/vqgan/decode`, { method: 'POST', headers: json, body: tokens });
  expect([decoded.status, await decoded.json()]).toMatchObject([
    500,
    { message: 'Failed to decode tokens to audio' },
  ]);
  const inFull = await fetch(`${url}/v1/references/list?format=application/json`);
  expect(inFull.headers.get('content-type')).toBe('application/json');
  const renaming = JSON.stringify({ old_reference_id: 'a/b', new_reference_id: 'c' });
  const renamed = await fetch(`${url}/v1/references/update`, {
    method: 'POST',
    headers: { ...json, accept: 'application/json' },
    body: renaming,
  });
  expect(await renamed.json()).toMatchObject({
    message: 'Old reference ID contains invalid characters or is too long',
  });
});
