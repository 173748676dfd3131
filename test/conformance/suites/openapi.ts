import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeOrigin, startFakeOrigin } from '../../fake-origin.ts';
import { type FakeTranscriber, startFakeTranscriber } from '../../fake-transcriber.ts';
import { recordingAudio } from '../../reference-audio.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, post, startingMs } from './context.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly format?: string;
}
type Content = Readonly<
  Record<string, { readonly schema?: Schema; readonly example?: Record<string, unknown> }>
>;
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly example?: string;
}
interface Described {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}
interface Asking {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });

/** The description of the API says what is so: each of its examples is sent, and answered as it says. */
export function addOpenapi({ runtime }: Context): void {
  describe('the description of the API', { timeout: startingMs }, () => {
    let server: RunningServer;
    let origin: FakeOrigin;
    let transcriber: FakeTranscriber;
    let document: Document;
    beforeAll(async () => {
      origin = await startFakeOrigin({ references: ['anna'] });
      transcriber = await startFakeTranscriber();
      const env = {
        FISH_BACKEND: origin.url,
        FISH_FALLBACK: 'false',
        FISH_RATE_LIMIT: '0',
        FISH_LINKS_SECRET: 'a secret of the tests',
        FISH_TRANSCRIPTION_URL: `${transcriber.url}/v1`,
      };
      server = await startServer(runtime, { env });
      document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document;
    }, startingMs);
    afterAll(async () => {
      await server?.stop();
      await transcriber?.close();
      await origin?.close();
    });

    const say = (body: object): Promise<Response> => post(`${server.url}/v1/audio/speech`, body);
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
      queryAudio: () => ({
        path: { file: (made.get('queryFile')?.audio_url ?? '').split('/').at(-1) ?? '' },
      }),
    };
    /** What is made before it is asked for, and is asked for before it ends. */
    const turnOf = ({ operationId: id }: Described, method: string): number => {
      if (['addVoice', 'elevenlabsAdd', 'addPronunciation', 'addCharacter'].includes(id)) return 0;
      if (id === 'addConversation') return 0;
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
      return fetch(url, { method: method.toUpperCase(), ...bodyOf(described) });
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
        const isPage = operationId.startsWith('docs') && runtime === 'workers';
        const wanted = isPage
          ? [501]
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
      const { components } = document as unknown as {
        components: { responses: Record<string, { content: Content }> };
      };
      const asked: Readonly<Record<string, string>> = {
        openai: '/v1/models/none',
        fish: '/v1/health?detailed=perhaps',
        elevenlabs: '/v2/voices?page_size=none',
        query: '/tts',
        player: '/tts/play/none.mp3',
        own: '/v1/pronunciations/none',
        operate: '/health?detailed=perhaps',
        chat: '/ws',
        realtime: '/v1/realtime',
      };
      expect(Object.keys(components.responses).toSorted()).toEqual(Object.keys(asked).toSorted());
      for (const [dialect, path] of Object.entries(asked)) {
        const response = await fetch(`${server.url}${path}`);
        const schema = components.responses[dialect]?.content['application/json']?.schema ?? {};
        const isValid = ajv.validate(schema, await response.json());
        expect([dialect, response.ok, isValid, ajv.errorsText()]).toEqual([
          dialect,
          false,
          true,
          'No errors',
        ]);
      }
    });
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

/** The fields of a form that are files. */
function filesOf(content: Content = {}): string[] {
  const { properties = {} } = content['multipart/form-data']?.schema ?? {};
  return Object.entries(properties).flatMap(([name, { format, items }]) =>
    [format, items?.format].includes('binary') ? [name] : [],
  );
}

function bodyOf({ requestBody }: Described): RequestInit {
  const content = requestBody?.content;
  if (!content) return {};
  const example = Object.values(content)[0]?.example ?? {};
  const files = filesOf(content);
  if (files.length === 0 && 'application/json' in content)
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(example) };
  const form = new FormData();
  for (const [name, value] of Object.entries(example)) {
    if (typeof value !== 'object' || value === null) form.set(name, String(value));
    else if (name === 'labels') form.set(name, JSON.stringify(value));
    else for (const [member, each] of Object.entries(value)) form.set(`${name}[${member}]`, String(each));
  }
  for (const name of files) form.set(name, new Blob([recordingAudio()]), 'recording.wav');
  return { body: form };
}
