import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import type { FishApi } from '../../src/core/engine.ts';
import { SpeechFailure } from '../../src/core/errors.ts';
import { prefersJson } from '../../src/dialects/fish/negotiate.ts';
import { createSpeechServer, tone } from './speech-server.ts';

describe('prefersJson', () => {
  it.each([
    [undefined, undefined, false],
    [undefined, '*/*', false],
    [undefined, 'application/json', true],
    [undefined, 'Application/JSON;q=0.9', true],
    [undefined, 'application/json, application/msgpack', false],
    [undefined, 'application/msgpack', false],
    ['json', 'application/msgpack', true],
    [' JSON ', undefined, true],
    ['application/json', undefined, true],
    ['msgpack', 'application/json', false],
    ['application/msgpack', 'application/json', false],
    ['xml', 'application/json', true],
    ['', undefined, false],
  ])('?format=%s with Accept: %s', (format, accept, json) => {
    expect(prefersJson(format, accept)).toBe(json);
  });

  it('falls back to what the route says, when the client names neither or both', () => {
    expect(prefersJson(undefined, '*/*', true)).toBe(true);
    expect(prefersJson(undefined, 'application/json, application/msgpack', true)).toBe(true);
    expect(prefersJson(undefined, 'application/msgpack', true)).toBe(false);
  });
});

describe('without a Fish origin', () => {
  const server = createSpeechServer();

  it.each([
    ['/v1/references/add', { id: 'a', text: 'b', audio: 'x' }],
    ['/v1/references/update', { old_reference_id: 'a', new_reference_id: 'b' }],
    ['/v1/vqgan/encode', { audios: [] }],
    ['/v1/vqgan/decode', { tokens: [] }],
  ])('%s is 501', async (path, body) => {
    const response = await server.post(path, body);
    expect(response.status).toBe(501);
    expect(await response.json()).toMatchObject({
      statusCode: 501,
      detail: expect.stringContaining('no Fish-Speech origin'),
    });
  });

  it.each(['/v1/references', '/v1/references/list?format=json'])('%s lists the voices', async (path) => {
    const response = await server.get(path);
    expect(await response.text()).toBe(
      '{"success":true,"reference_ids":["anna","bert"],"message":"Found 2 reference voices"}',
    );
  });
});

describe('with an origin that fails', () => {
  const fails = async (): Promise<never> => {
    throw new SpeechFailure({ code: 'timeout', stage: 'total' });
  };
  const fish = { encode: fails, deleteReference: fails } as unknown as FishApi;
  const server = createSpeechServer(() => ({ body: tone(0.1) }), { fish });

  it('says so in the members of both dialects', async () => {
    const headers = { 'content-type': 'application/msgpack' };
    const audios = [new TextEncoder().encode('fLaC....')];
    const response = await server.post('/v1/vqgan/encode', encode({ audios }), headers);
    expect([response.status, await response.json()]).toEqual([
      504,
      {
        statusCode: 504,
        status: 504,
        message: 'Request timeout',
        error: 'Gateway Timeout',
        detail: 'Request timeout',
      },
    ]);
  });

  it('logs the failure', () => {
    expect(server.logs.at(-1)).toMatchObject({ path: '/v1/vqgan/encode', status: 504, error: 'timeout' });
  });
});
