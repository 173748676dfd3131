import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeOrigin, startFakeOrigin } from '../../fake-origin.ts';
import { type FakeTranscriber, startFakeTranscriber } from '../../fake-transcriber.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, post, startingMs } from './context.ts';
import { ajv, bodyOf, type Described, type Document, filesOf } from './openapi-document.ts';

interface Asking {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** Of a server that an example may give keys to. */
const authorization = 'Bearer key-of-openapi';
/** What would fetch or delete models: with a name that there is not. `suites/admin-models.ts` has the rest. */
const ofModels: readonly string[] = ['adminPullModel', 'adminRemoveModel'];
/** What changes the document of keys, which is a secret on Workers. */
const ofKeys: readonly string[] = ['adminAddKey', 'adminChangeKey', 'adminDeleteKey'];

/** The description of the API says what is so: each of its examples is sent, and answered as it says. */
export function addOpenapi({ runtime }: Context): void {
  describe('the description of the API', { timeout: startingMs }, () => {
    let server: RunningServer;
    let origin: FakeOrigin;
    let transcriber: FakeTranscriber;
    let document: Document;
    let keysFile: string;
    beforeAll(async () => {
      origin = await startFakeOrigin({ references: ['anna'] });
      transcriber = await startFakeTranscriber();
      keysFile = join(tmpdir(), `fish-edge-openapi-${crypto.randomUUID()}.json`);
      const runtimeArgs = runtime === 'deno' ? [`--allow-read=${tmpdir()}`, `--allow-write=${tmpdir()}`] : [];
      const env = {
        FISH_API_KEY: authorization.slice('Bearer '.length),
        FISH_KEYS_FILE: keysFile,
        FISH_BACKEND: origin.url,
        FISH_FALLBACK: 'false',
        FISH_RATE_LIMIT: '0',
        FISH_LINKS_SECRET: 'a secret of the tests',
        FISH_TRANSCRIPTION_URL: `${transcriber.url}/v1`,
      };
      server = await startServer(runtime, { env, runtimeArgs });
      document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document;
    }, startingMs);
    afterAll(async () => {
      await server?.stop();
      await transcriber?.close();
      await origin?.close();
      await rm(keysFile, { force: true });
    });

    const say = (body: object): Promise<Response> =>
      post(`${server.url}/v1/audio/speech`, body, { headers: { authorization } });
    /** What earlier examples made, by the operation that made it. */
    const made = new Map<string, Record<string, string>>();
    const idOf = (operation: string, member = 'id'): Asking => ({
      path: { id: made.get(operation)?.[member] ?? '' },
    });
    const spoken = async (voice?: string): Promise<string> => {
      const response = await say({ input: 'For the record.', voice, response_format: 'mp3' });
      await response.arrayBuffer();
      return response.headers.get('x-speech-id') ?? '';
    };
    /** What an example of something that exists needs to exist. */
    const given: Readonly<Record<string, () => Asking | Promise<Asking>>> = {
      getPronunciation: () => idOf('addPronunciation'),
      deletePronunciation: () => idOf('addPronunciation'),
      getVoice: () => idOf('addVoice'),
      changeVoice: () => idOf('addVoice'),
      previewVoice: () => idOf('addVoice'),
      deleteVoice: () => idOf('addVoice'),
      elevenlabsVoice: () => idOf('elevenlabsAdd', 'voice_id'),
      elevenlabsEdit: () => idOf('elevenlabsAdd', 'voice_id'),
      elevenlabsDelete: () => idOf('elevenlabsAdd', 'voice_id'),
      getCharacter: () => idOf('addCharacter'),
      changeCharacter: () => idOf('addCharacter'),
      deleteCharacter: () => idOf('addCharacter'),
      getConversation: () => idOf('addConversation'),
      changeConversation: () => idOf('addConversation'),
      deleteConversation: () => idOf('addConversation'),
      listMessages: () => idOf('addConversation'),
      addMessage: () => idOf('addConversation'),
      deleteMessage: () => ({
        path: { id: made.get('addConversation')?.id ?? '', message: made.get('addMessage')?.id ?? '' },
      }),
      fishModel: () => idOf('fishAddModel', '_id'),
      fishChangeModel: () => idOf('fishAddModel', '_id'),
      fishDeleteModel: () => idOf('fishAddModel', '_id'),
      deleteReferenceById: () => ({ path: { id: 'anna' } }),
      getCaptions: async () => ({ path: { file: `${await spoken()}.srt` } }),
      getReceipt: async () => ({ path: { id: await spoken(made.get('addVoice')?.id) } }),
      playSigned: () => {
        const { pathname, searchParams } = new URL(made.get('signSpeech')?.url ?? '');
        return { path: { name: pathname.split('/').at(-1) ?? '' }, query: Object.fromEntries(searchParams) };
      },
      adminPullModel: () => ({ path: { name: 'none' } }),
      adminRemoveModel: () => ({ path: { name: 'none' } }),
      queryAudio: () => ({
        path: { file: (made.get('queryFile')?.audio_url ?? '').split('/').at(-1) ?? '' },
      }),
    };
    /** What is made before it is asked for, and is asked for before it ends. */
    const turnOf = ({ operationId: id }: Described, method: string): number => {
      if (['addVoice', 'elevenlabsAdd', 'addPronunciation', 'addCharacter'].includes(id)) return 0;
      if (['addConversation', 'adminAddKey'].includes(id)) return 0;
      if (['signSpeech', 'queryFile', 'fishAddModel', 'addReference'].includes(id)) return 0;
      if (id === 'getReceipt') return 1;
      if (id === 'renameReference') return 2;
      if (id === 'deleteConversation') return 5;
      return method === 'delete' ? 4 : 3;
    };

    const ask = async (template: string, method: string, described: Described): Promise<Response> => {
      const { path = {}, query = {} } = (await given[described.operationId]?.()) ?? {};
      let address = template;
      const search = new URLSearchParams(query);
      for (const { name, in: place, required, example } of described.parameters) {
        const value = (place === 'path' ? path : query)[name] ?? example;
        if (required)
          expect([described.operationId, name, value]).toEqual([
            described.operationId,
            name,
            expect.stringMatching(/./),
          ]);
        if (place === 'path') address = address.replace(`{${name}}`, encodeURIComponent(value ?? ''));
        else if (value !== undefined) search.set(name, value);
      }
      const url = `${server.url}${address}${search.size > 0 ? `?${search}` : ''}`;
      const init = bodyOf(described);
      return fetch(url, {
        method: method.toUpperCase(),
        ...init,
        headers: { ...init.headers, authorization },
      });
    };

    it('is valid OpenAPI 3.1, and has what clients are made of', async () => {
      const result = await new Validator().validate(
        structuredClone(document) as unknown as Record<string, unknown>,
      );
      expect(result.errors).toBeUndefined();
      expect([result.valid, document.openapi]).toEqual([true, '3.1.0']);
      const ids = Object.values(document.paths).flatMap((item) =>
        Object.values(item).map(({ operationId }) => operationId),
      );
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeGreaterThan(50);
      expect(JSON.stringify(document)).not.toContain(new URL(origin.url).host);
    });

    it('has examples that are what its schemas say', () => {
      for (const item of Object.values(document.paths)) {
        for (const { operationId, requestBody } of Object.values(item)) {
          const { schema, example } = requestBody?.content['application/json'] ?? {};
          if (!schema || !example || filesOf(requestBody?.content).length > 0) continue;
          const isValid = ajv.validate(schema, example);
          expect([operationId, isValid, ajv.errorsText()]).toEqual([operationId, true, 'No errors']);
        }
      }
    });

    it('is answered as it says, each example of it', async () => {
      const all = Object.entries(document.paths).flatMap(([path, item]) =>
        Object.entries(item).map(([method, described]) => ({
          path,
          method,
          described,
          turn: turnOf(described, method),
        })),
      );
      for (const { path, method, described } of all.toSorted((a, b) => a.turn - b.turn)) {
        const { operationId, responses } = described;
        const isAbsentThere =
          operationId.startsWith('docs') || [...ofModels, ...ofKeys].includes(operationId);
        const wanted =
          isAbsentThere && runtime === 'workers'
            ? [501]
            : ofModels.includes(operationId)
              ? [404]
              : '101' in responses
                ? [426]
                : Object.keys(responses)
                    .map(Number)
                    .filter((status) => status < 300);
        const response = await ask(path, method, described);
        const { status } = response;
        const text = await response.text();
        const seen = wanted.includes(status) ? '' : text;
        expect([operationId, wanted, seen]).toEqual([operationId, expect.arrayContaining([status]), '']);
        if (status >= 400) continue;
        const content = responses[status]?.content;
        if (!content) {
          expect([operationId, text]).toEqual([operationId, '']);
          continue;
        }
        const type = response.headers.get('content-type')?.split(';')[0] ?? '';
        expect([operationId, Object.keys(content)]).toEqual([operationId, expect.arrayContaining([type])]);
        const schema = content[type]?.schema;
        if (!schema) continue;
        const body = JSON.parse(text);
        const isValid = ajv.validate(schema, body);
        expect([operationId, isValid, ajv.errorsText()]).toEqual([operationId, true, 'No errors']);
        made.set(operationId, body);
      }
    });

    it('has errors in the form that it says', async () => {
      const asked: Readonly<Record<string, string>> = {
        openai: '/v1/models/none',
        fish: '/v1/health?detailed=perhaps',
        elevenlabs: '/v2/voices?page_size=none',
        query: '/tts',
        player: '/tts/play/none.mp3',
        own: '/v1/pronunciations/none',
        admin: '/v1/admin/none',
        operate: '/health?detailed=perhaps',
        chat: '/ws',
        realtime: '/v1/realtime',
      };
      expect(Object.keys(document.components.responses).toSorted()).toEqual(Object.keys(asked).toSorted());
      for (const [dialect, path] of Object.entries(asked)) {
        const response = await fetch(`${server.url}${path}`, { headers: { authorization } });
        const schema = document.components.responses[dialect]?.content['application/json']?.schema ?? {};
        const isValid = ajv.validate(schema, await response.json());
        expect([dialect, response.ok, isValid, ajv.errorsText()]).toEqual([
          dialect,
          false,
          true,
          'No errors',
        ]);
      }
    });

    it('has the types of errors, MessagePack for clients that asked for it', async () => {
      const url = `${server.url}/v1/references/delete?format=msgpack`;
      const headers = { authorization, 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'DELETE', headers, body: '{"reference_id":"nobody"}' });
      const type = response.headers.get('content-type') ?? '';
      expect([response.status, type]).toEqual([404, 'application/msgpack']);
      expect(Object.keys(document.components.responses.fish?.content ?? {})).toContain(type);
    });

    it.each(['nothing', 'nothing.wav', '\u0084'])(
      'describes what /audio/%j is answered with',
      async (name) => {
        const response = await fetch(`${server.url}/audio/${encodeURIComponent(name)}`, {
          headers: { authorization },
        });
        const described = document.paths['/audio/{file}']?.get?.responses[response.status];
        const schema = described?.content?.['application/json']?.schema;
        expect([response.status, schema]).toEqual([404, expect.anything()]);
        expect([ajv.validate(schema ?? {}, await response.json()), ajv.errorsText()]).toEqual([
          true,
          'No errors',
        ]);
      },
    );
  });

  describe('the description of the API, switched off', { timeout: startingMs }, () => {
    it.each([
      ['FISH_OPENAPI', 404, 404],
      ['FISH_OPENAPI_PAGE', 200, 404],
    ])('by %s', async (name, description, page) => {
      const server = await startServer(runtime, {
        env: { FISH_BACKEND: 'http://127.0.0.1:9', FISH_API_KEY: 'a', [name]: 'false' },
      });
      const status = async (path: string): Promise<number> => (await fetch(`${server.url}${path}`)).status;
      expect(await Promise.all([status('/openapi.json'), status('/docs')])).toEqual([description, page]);
      await server.stop();
    });
  });
}
