import type { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { SpeechFailure } from '../../src/core/errors.ts';
import { dialects } from '../../src/dialects/list.ts';
import type { HttpEnv } from '../../src/http/env.ts';
import { createPathTable } from '../../src/http/middleware/open-paths.ts';
import type { HttpDialect } from '../../src/http/options.ts';
import { createSpeechServer } from './speech-server.ts';

/** One that no part of the server knows. */
const guest: HttpDialect = {
  name: 'guest',
  paths: ['/guest/*'],
  openPaths: { '/guest/hello': 'list', '/guest/socket': 'late' },
  errorBody: ({ code }) => ({ guest: code }),
  token: ({ headers }) => headers.get('x-guest') ?? undefined,
  canonicalPath: (path, headers) =>
    headers.has('x-guest')
      ? path.replace(/^\/v1\/models$/, '/guest/models')
      : path.replace('/visitor/', '/guest/'),
  mount(app: Hono<HttpEnv>) {
    app.get('/guest/hello', (c) => c.text('hello'));
    app.get('/guest/who', (c) => c.text(c.get('key')?.name ?? 'nobody'));
    app.get('/guest/socket', (c) => c.text(c.get('key')?.name ?? 'nobody yet'));
    app.get('/guest/models', (c) => c.text('models of guests'));
    app.get('/guest/broken', () => {
      throw new SpeechFailure({ code: 'engine_failed' });
    });
    app.get('/elsewhere', () => {
      throw new SpeechFailure({ code: 'engine_failed' });
    });
  },
};

describe('a dialect that is added', () => {
  const server = createSpeechServer(undefined, {}, { apiKey: 'k', dialects: [guest, ...dialects] });
  const get = async (path: string, headers: Record<string, string> = {}): Promise<[number, string]> => {
    const response = await server.get(path, headers);
    return [response.status, await response.text()];
  };
  const key = { authorization: 'Bearer k' };

  it('answers on its paths, by its own token and by the common one', async () => {
    expect(await get('/guest/who', { 'x-guest': 'k' })).toEqual([200, 'default']);
    expect(await get('/guest/who', key)).toEqual([200, 'default']);
  });

  it('has the form of its errors, whoever raises them', async () => {
    expect(await get('/guest/who')).toEqual([401, '{"guest":"invalid_api_key"}']);
    expect(await get('/guest/broken', key)).toEqual([500, '{"guest":"engine_failed"}']);
    expect(await get('/guest/nowhere', key)).toEqual([404, '{"guest":"not_found"}']);
  });

  it('has it on its routes outside of its part of the addresses too', async () => {
    expect(await get('/elsewhere', key)).toEqual([500, '{"guest":"engine_failed"}']);
  });

  it('may share an address with another one: a header says whose request it is', async () => {
    expect(await get('/v1/models', { 'x-guest': 'k' })).toEqual([200, 'models of guests']);
    expect(await get('/v1/models', { 'x-guest': 'wrong' })).toEqual([401, '{"guest":"invalid_api_key"}']);
    const [, body] = await get('/v1/models', key);
    expect(JSON.parse(body).object).toBe('list');
  });

  it('leaves all other addresses as they are', async () => {
    const [status, body] = await get('/v1/nowhere', key);
    expect([status, JSON.parse(body).error.code]).toEqual([404, 'not_found']);
  });

  it('opens what it names, and nothing else', async () => {
    expect(await get('/guest/hello')).toEqual([200, 'hello']);
    expect(await get('/guest/hello/more')).toEqual([401, '{"guest":"invalid_api_key"}']);
  });

  it('asks later for the key of a socket, but never lets a wrong one in', async () => {
    expect(await get('/guest/socket')).toEqual([200, 'nobody yet']);
    expect(await get('/guest/socket', { 'x-guest': 'k' })).toEqual([200, 'default']);
    expect(await get('/guest/socket', { 'x-guest': 'wrong' })).toEqual([401, '{"guest":"invalid_api_key"}']);
  });

  it('is found under the other spelling of its clients', async () => {
    expect(await get('/visitor/hello')).toEqual([200, 'hello']);
    expect(await get('//visitor/hello/')).toEqual([200, 'hello']);
  });
});

describe('the dialects', () => {
  const owners = createPathTable(dialects.flatMap((each) => each.paths.map((path) => [path, each.name])));

  it.each([
    ['/v1/tts', 'fish'],
    ['/v1/tts/stream/with-timestamp', 'fish'],
    ['/v1/ttsx', 'openai'],
    ['/model', 'fish'],
    ['/models', 'openai'],
    ['/tts', 'query'],
    ['/tts/play/speech.mp3', 'player'],
    ['/audio/some.wav', 'query'],
    ['/audio/speech', 'openai'],
    ['/v1/pronunciations/p', 'own'],
    ['/', 'openai'],
    ['/nowhere/at/all', 'openai'],
  ])('%s belongs to %s', (path, name) => {
    expect(owners(path)).toBe(name);
  });

  it('have names of their own', () => {
    expect(new Set(dialects.map(({ name }) => name)).size).toBe(dialects.length);
  });
});
