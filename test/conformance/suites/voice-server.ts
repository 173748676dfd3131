import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { hashKey } from '../../../src/services/keys.ts';
import type { OriginVersion } from '../../fake-origin/profiles.ts';
import { type FakeOrigin, startFakeOrigin } from '../../fake-origin.ts';
import { recordingAudio } from '../../reference-audio.ts';
import { type RunningServer, type Runtime, startServer } from '../server.ts';
import { type OpenaiError, post, startingMs } from './context.ts';

export const created = '2026-11-20T10:00:00Z';
export const transcript = 'What is said in the recording.';
export const consent = 'Ada Lovelace, in writing';
export const secret = 'a secret of the tests';

export interface ShownVoice {
  readonly id: string;
  readonly name: string;
  readonly category?: string;
  readonly [member: string]: unknown;
}

interface Asked {
  readonly text: string;
  readonly reference_id?: string;
  readonly references?: readonly { readonly audio: Uint8Array; readonly text: string }[];
  readonly use_memory_cache?: string;
}

/** A server with the keys of several, in front of an origin; and what its clients do. Each test ends without voices. */
export function voiceServer(
  runtime: Runtime,
  env: Readonly<Record<string, string>> = {},
  version?: OriginVersion,
) {
  let server: RunningServer;
  let origin: FakeOrigin;
  beforeAll(async () => {
    origin = await startFakeOrigin({ references: ['anna'], ...(version && { version }) });
    const named = async (name: string, more: object = {}): Promise<object> => {
      return { name, sha256: await hashKey(`key-of-${name}`), created, ...more };
    };
    const keys = [await named('ada'), await named('bob'), await named('root', { admin: true })];
    server = await startServer(runtime, {
      env: {
        FISH_BACKEND: origin.url,
        FISH_FALLBACK: 'false',
        FISH_CACHE: 'on',
        FISH_RATE_LIMIT: '0',
        FISH_VOICES_MAX_PER_KEY: '3',
        FISH_LINKS_SECRET: secret,
        FISH_KEYS: JSON.stringify({ keys }),
        ...env,
      },
    });
  }, startingMs);
  afterAll(async () => {
    await server?.stop();
    await origin?.close();
  });

  const headersOf = (name: string): Record<string, string> => ({ authorization: `Bearer key-of-${name}` });
  const at = (path = ''): string => `${server.url}/v1/voices${path}`;
  const ask = (name: string, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(at(path), { ...init, headers: { ...headersOf(name), ...init.headers } });
  const formOf = (fields: Readonly<Record<string, string>>, file: Blob, fileName = 'voice.wav'): FormData => {
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.set(field, value);
    form.set('reference', file, fileName);
    return form;
  };
  const usual = (name: string): Record<string, string> => ({ name, transcript, consent });
  const upload = (
    key: string,
    name: string,
    audio: Uint8Array<ArrayBuffer> = recordingAudio(),
    fileName = 'voice.wav',
  ): Promise<Response> =>
    ask(key, '', { method: 'POST', body: formOf(usual(name), new Blob([audio]), fileName) });
  const added = async (key: string, name: string, audio?: Uint8Array<ArrayBuffer>): Promise<ShownVoice> => {
    const response = await upload(key, name, audio);
    expect(response.status).toBe(201);
    return (await response.json()) as ShownVoice;
  };
  const customOf = async (key: string): Promise<string[]> => {
    const { data } = (await (await ask(key, '')).json()) as { data: ShownVoice[] };
    return data.filter(({ category }) => category === 'cloned').map(({ id }) => id);
  };
  const remove = async (key: string, ...ids: string[]): Promise<void> => {
    for (const id of ids) expect((await ask(key, `/${id}`, { method: 'DELETE' })).status).toBe(200);
  };
  const say = (key: string, voice: string, input = 'Hello there.'): Promise<Response> =>
    post(
      `${server.url}/v1/audio/speech`,
      { input, voice, response_format: 'wav' },
      { headers: headersOf(key) },
    );
  const lastAsked = (): Asked => origin.spoken.at(-1)?.body as Asked;
  const errorOf = async (response: Response): Promise<OpenaiError['error']> =>
    ((await response.json()) as OpenaiError).error;

  afterEach(async () => {
    for (const key of ['root', 'ada', 'bob']) await remove(key, ...(await customOf(key)));
  });
  return {
    server: () => server,
    origin: () => origin,
    headersOf,
    at,
    ask,
    formOf,
    usual,
    upload,
    added,
    customOf,
    remove,
    say,
    lastAsked,
    errorOf,
  };
}
