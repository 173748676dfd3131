import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/services/keys.ts';
import { startServer } from '../server.ts';
import { type Context, lacks, post, startingMs } from './context.ts';
import { created, voiceServer } from './voice-server.ts';

/** What the log says of a request, and what it must never say. */
export function addLogLines({ runtime, origin }: Context): void {
  describe('log lines', { timeout: startingMs }, () => {
    const { server, headersOf, ask, added, remove } = voiceServer(runtime);
    const lineOf = async (id: string): Promise<Record<string, unknown>> => {
      await expect.poll(() => server().logs.some((line) => line.id === id)).toBe(true);
      return server().logs.find((line) => line.id === id) ?? {};
    };
    const audits = (): unknown[] => server().logs.filter(({ message }) => message === 'audit');

    it('say of a speech who asked, where, what came of it and how long it took', async () => {
      const headers = { ...headersOf('ada'), 'x-request-id': 'line-1' };
      const body = { input: `For the log, ${crypto.randomUUID()}.`, response_format: 'wav' };
      await (await post(`${server().url}/v1/audio/speech`, body, { headers })).arrayBuffer();
      expect(await lineOf('line-1')).toMatchObject({
        level: 'info',
        message: 'request',
        key: 'ada',
        method: 'POST',
        route: '/v1/audio/speech',
        status: 200,
        outcome: 'finished',
        engine: 'fish',
        cache: 'miss',
        first_audio_ms: expect.any(Number),
        queue_ms: expect.any(Number),
        audio_seconds: expect.any(Number),
        duration_ms: expect.any(Number),
      });
      expect((await lineOf('line-1')).audio_seconds).toBeGreaterThan(0.1);
    });

    it('say of a refusal which one it was', async () => {
      const headers = { ...headersOf('ada'), 'x-request-id': 'line-2' };
      await post(`${server().url}/v1/audio/speech`, { input: '' }, { headers });
      expect(await lineOf('line-2')).toMatchObject({ status: 400, error: 'invalid_value', key: 'ada' });
    });

    it('never hold text, audio, a key or a signature, whatever happens', async () => {
      const mark = 'Rumpelstiltskin';
      const { url } = server();
      const headers = headersOf('ada');
      const json = { ...headers, 'content-type': 'application/json' };
      const said = (more = ''): object => ({
        text: `${more} ${mark} is my name.`,
        input: `${more} ${mark} is my name.`,
      });
      const ends: (() => Promise<Response>)[] = [
        () => post(`${url}/v1/audio/speech`, said(), { headers }),
        () => post(`${url}/v1/tts`, said('[[status=500]]'), { headers }),
        () => post(`${url}/v1/tts`, said(`[[answer=${mark}]] [[contentType=text/html]]`), { headers }),
        () =>
          post(
            `${url}/v1/tts`,
            { ...said('[[chunkBytes=2000]] [[dieAfterBytes=20000]]'), streaming: true },
            { headers },
          ),
        () => post(`${url}/v1/text-to-speech/x`, said(), { headers }),
        () => fetch(`${url}/v1/audio/speech`, { method: 'POST', headers: json, body: `{"input": "${mark}` }),
        () => fetch(`${url}/tts/stream?text=${mark}&speed=normal`, { headers }),
        () =>
          fetch(`${url}/tts?text=${mark}&api_key=${mark}`, { headers: { authorization: `Bearer ${mark}` } }),
        () => post(`${url}/v1/pronunciations`, { word: mark, alias: mark }, { headers }),
        () => post(`${url}/v1/audio/speech/url`, said(), { headers }),
      ];
      for (const ask of ends) await (await ask()).arrayBuffer().catch(() => {});
      const signed = (await (await post(`${url}/v1/audio/speech/url`, said(), { headers })).json()) as {
        url: string;
      };
      await (await fetch(signed.url, { headers: { 'x-request-id': 'line-last' } })).arrayBuffer();
      await lineOf('line-last');
      const log = JSON.stringify(server().logs) + server().stderr();
      expect(log).not.toContain(mark);
      expect(log).not.toContain('key-of-');
      const signature = new URL(signed.url).searchParams;
      for (const value of signature.values()) if (value.length > 12) expect(log).not.toContain(value);
      expect(log).not.toContain('UklGR'); // RIFF in base64
    });

    it('keep account of voices: who made, changed and removed which', async () => {
      const { id } = await added('ada', 'Noted');
      const change = { method: 'PATCH', headers: { 'content-type': 'application/json' } };
      await ask('ada', `/${id}`, { ...change, body: JSON.stringify({ name: 'Noted too' }) });
      await remove('ada', id);
      await expect.poll(() => audits().length).toBeGreaterThan(2);
      const by = { by: 'ada', id, shared: false };
      expect(audits().slice(-3)).toMatchObject([
        { action: 'voice.created', ...by },
        { action: 'voice.changed', ...by },
        { action: 'voice.removed', ...by },
      ]);
      expect(JSON.stringify(audits())).not.toContain('Noted');
    });
  });

  describe.skipIf(lacks(runtime, 'process'))('the log of keys', { timeout: startingMs }, () => {
    it('says which came, changed and went while the server runs, and no hash', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'fish-edge-keys-'));
      const file = join(folder, 'keys.json');
      const named = async (name: string, more: object = {}): Promise<object> => {
        return { name, sha256: await hashKey(`key-of-${name}`), created, ...more };
      };
      const keep = async (...keys: object[]): Promise<void> =>
        writeFile(file, JSON.stringify({ keys }), { mode: 0o600 });
      await keep(await named('ada'), await named('bob'));
      const runtimeArgs = runtime === 'deno' ? [`--allow-read=${folder},.`] : [];
      const env = { FISH_BACKEND: origin().url, FISH_KEYS_FILE: file };
      const server = await startServer(runtime, { env, runtimeArgs });
      const asked = (name: string): Promise<number> =>
        fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer key-of-${name}` } }).then(
          ({ status }) => status,
        );
      expect(await asked('ada')).toBe(200);
      await keep(await named('ada', { rate: 7 }), await named('eve'));
      await expect.poll(() => asked('eve'), { timeout: 20_000 }).toBe(200);
      const audits = () => server.logs.filter(({ message }) => message === 'audit');
      await expect
        .poll(() => audits().map(({ action, name }) => [action, name]))
        .toEqual([
          ['key.removed', 'bob'],
          ['key.changed', 'ada'],
          ['key.created', 'eve'],
        ]);
      expect(JSON.stringify(audits())).not.toContain(await hashKey('key-of-eve'));
      await server.stop();
      await rm(folder, { recursive: true });
    });
  });
}
