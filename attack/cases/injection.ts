import { encode } from '@msgpack/msgpack';
import type { Arena, AttackCase } from '../case.ts';
import { many, type Reply } from '../client.ts';
import { open } from '../setups.ts';

const atOnce = 16;

/** Values that some layer below may take for more than a value. */
const values: readonly unknown[] = [
  "'; DROP TABLE records; --",
  '" OR ""="',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  'file:///etc/passwd',
  'http://127.0.0.1:1/steal',
  '%2e%2e%2fetc%2fpasswd',
  '\u0000',
  'a\u0000b',
  '\r\nSet-Cookie: a=b',
  '\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  '%0d%0aX-Injected: 1',
  ['$', '{jndi:ldap://127.0.0.1/a}'].join(''),
  '{{7*7}}',
  '<script>alert(1)</script>',
  '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
  '`id`',
  '$(id)',
  '; rm -rf /',
  '%s%s%s%n',
  '\ud800',
  '\udc00\ud800',
  '\u202e\u2066',
  '\ufeff',
  '\uffff',
  '👩‍👩‍👧‍👦'.repeat(50),
  '一'.repeat(200),
  'ﷺ'.repeat(200),
  'Z\u0351\u036b'.repeat(300),
  '__proto__',
  'constructor',
  'toString',
  'NaN',
  'Infinity',
  '-0',
  '1e309',
  ' ',
  '\t\n',
  'null',
  'undefined',
  'true',
  '<|im_start|>system',
  '<|speaker:0|>',
  '(cough)',
  '~!@#$%^&*()_+',
  'CON',
  '*',
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  -1e308,
  true,
  false,
  null,
  [],
  [[]],
  {},
  { __proto__: { admin: true }, constructor: { prototype: { admin: true } } },
  { id: { id: 'a' } },
  ['a', 'b'],
];

const speechFields = [
  'input',
  'text',
  'voice',
  'model',
  'response_format',
  'speed',
  'stream_format',
  'instructions',
  'sample_rate',
  'bitrate',
  'volume',
  'seed',
  'timestamps',
];
const ttsFields = [
  'text',
  'format',
  'streaming',
  'references',
  'reference_id',
  'seed',
  'chunk_length',
  'normalize',
  'max_new_tokens',
  'top_p',
  'temperature',
  'repetition_penalty',
  'use_memory_cache',
  'prosody',
  'sample_rate',
  'mp3_bitrate',
];
const pronunciationFields = ['word', 'alias', 'ipa', 'language', 'voice', 'case_sensitive'];

interface Target {
  readonly path: string;
  readonly fields: readonly string[];
  readonly honest: Readonly<Record<string, unknown>>;
}

const targets: readonly Target[] = [
  { path: '/v1/tts', fields: ttsFields, honest: { text: 'Hi.' } },
  { path: '/v1/audio/speech', fields: speechFields, honest: { input: 'Hi.', response_format: 'pcm' } },
  { path: '/v1/audio/speech/url', fields: [...speechFields, 'expires_in'], honest: { input: 'Hi.' } },
  { path: '/v1/audio/prewarm', fields: ['voice'], honest: {} },
  {
    path: '/v1/pronunciations',
    fields: pronunciationFields,
    honest: { word: 'Zyx', alias: 'six', language: 'la' },
  },
  { path: '/v1/references/update', fields: ['old_reference_id', 'new_reference_id'], honest: {} },
  { path: '/v1/vqgan/decode', fields: ['tokens'], honest: {} },
  { path: '/v1/vqgan/encode', fields: ['audios'], honest: {} },
];

/** An answer to what a client made up: never that of a server that broke. */
function judge({ tally }: Arena, reply: Reply, what: () => string): void {
  tally.came(reply);
  const isOurs = reply.status === 0 || reply.status >= 500;
  tally.check(
    !isOurs || reply.status === 501,
    () => `${what()} got ${reply.status || reply.end} ${reply.text.slice(0, 80)}`,
  );
  const injected = ['set-cookie', 'x-injected'].find((name) => name in reply.headers);
  tally.check(injected === undefined, () => `${what()} set a header ${injected}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 60) ?? String(value);
}

/** Every so many of a list in the short form, but each part of it over the runs of all targets. */
function someOf<T>(arena: Arena, all: readonly T[], step: number): readonly T[] {
  return arena.short ? all.filter((_, index) => index % step === 0) : all;
}

export const injectionCases: readonly AttackCase[] = [
  {
    name: 'injection-json',
    tries: `${values.length} values in every field of ${targets.length} routes`,
    setup: open,
    async run(arena) {
      const asked = targets.flatMap(({ path, fields, honest }) =>
        fields.flatMap((field) =>
          values.map((value) => ({ path, field, value, body: { ...honest, [field]: value } })),
        ),
      );
      const some = someOf(arena, asked, 7);
      await many(some.length, atOnce, async (index) => {
        const one = some[index];
        if (!one) return;
        const reply = await arena.client.json(one.path, one.body);
        judge(arena, reply, () => `${one.path} ${one.field}=${shown(one.value)}`);
      });
    },
  },
  {
    name: 'injection-msgpack',
    tries: 'the same in MessagePack, and bodies that are none',
    setup: open,
    async run(arena) {
      const bodies = values.flatMap((value) =>
        ttsFields.map((field) => encode({ text: 'Hi.', [field]: value })),
      );
      const broken = [
        [0xc1],
        [0xdf, 0xff, 0xff, 0xff, 0xff],
        [0xdd, 0xff, 0xff, 0xff, 0xff],
        [0xc6, 0xff, 0xff, 0xff, 0xff],
        [0x81],
        [0xd9, 0xff],
      ];
      const all = [...someOf(arena, bodies, 7), ...broken.map((bytes) => Uint8Array.from(bytes))];
      await many(all.length, atOnce, async (index) => {
        const headers = { 'content-type': 'application/msgpack' };
        const reply = await arena.client.ask('/v1/tts', {
          method: 'POST',
          headers,
          body: all[index] ?? new Uint8Array(),
        });
        judge(
          arena,
          reply,
          () =>
            `msgpack ${Buffer.from(all[index] ?? [])
              .toString('hex')
              .slice(0, 60)}`,
        );
      });
    },
  },
  {
    name: 'injection-query',
    tries: 'the same in addresses: parameters, names of files, ids',
    setup: open,
    async run(arena) {
      const texts = values.filter((value): value is string => typeof value === 'string');
      const paths = texts.flatMap((text) => {
        const escaped = encodeURIComponent(text.toWellFormed());
        return [
          `/tts?text=Hi&speed=${escaped}`,
          `/tts?text=${escaped}`,
          `/tts/stream?text=Hi&voice=${escaped}`,
          `/audio/${escaped}.wav`,
          `/tts/play/${escaped}?say=${escaped}&expires=${escaped}&sig=${escaped}`,
          `/v1/models/${escaped}`,
          `/v1/audio/voices?legacy=${escaped}`,
          `/v1/audio/speech/${escaped}.srt`,
          `/v1/health?detailed=${escaped}`,
        ];
      });
      const all = [
        ...someOf(arena, paths, 4),
        '/tts?text=%',
        '/tts?text=%ff%fe',
        '/v1/models/%',
        '/v1/models/%ff',
        '/audio/%c0%ae.wav',
      ];
      await many(all.length, atOnce, async (index) => {
        const path = all[index] ?? '/';
        judge(arena, await arena.client.ask(path), () => path.slice(0, 100));
      });
    },
  },
];
