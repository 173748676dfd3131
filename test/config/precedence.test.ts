import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { explainConfig, loadConfig, settings } from '../../src/config/config.ts';
import type { Setting } from '../../src/config/values.ts';

const table = Object.entries(settings) as readonly (readonly [keyof typeof settings, Setting<unknown>])[];

/** What settings of all kinds may be given; each takes those that its own schema accepts. */
const candidates: readonly string[] = [
  ...[
    'true',
    'false',
    '0',
    '0.3',
    '0.6',
    '0.7',
    '1',
    '2',
    '3',
    '4',
    '150',
    '151',
    '152',
    '1000',
    '1001',
    '1002',
    '70000',
    '70001',
    '70002',
  ],
  ...['1s', '2s', '3s', '64KiB', '128KiB', '256KiB', '1MiB', '2MiB', '4MiB', 'on', 'off', 'a', 'b', 'c'],
  ...[
    'auto',
    'fish',
    'onnx',
    'debug',
    'warn',
    'error',
    'json',
    'text',
    'memory',
    'sqlite',
    'redis://127.0.0.1:1',
  ],
  ...[
    'disk',
    'https://a.example/one',
    'https://b.example/two',
    'gateway',
    'upstream',
    'wasm',
    'native',
    'moonshine',
    'otlp',
    'none',
    'inline',
    'register',
    'de=a',
    'de=b',
    'vi=c',
  ],
  ...[
    '127.0.0.1:1',
    '127.0.0.1:2',
    '127.0.0.1:3',
    'http://a.example',
    'http://b.example',
    'http://c.example',
  ],
  ...[
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.2.0.0/16',
    'a=b',
    'a=c',
    'a=d',
    'always_on',
    'always_off',
    'traceidratio',
  ],
  ...['[{"url":"http://a.example"}]', '[{"url":"http://b.example"}]', '[{"url":"http://c.example"}]'],
  ...['fish', 'openai', 'fish-cloud'].map((kind) => `[{"kind":"${kind}","url":"http://${kind}.example"}]`),
];

/** Up to three values that the setting tells apart from each other and from its default. */
function valuesOf({ schema, default: standard }: Setting<unknown>): string[] {
  const known = new Set([inspect(schema.parse(standard))]);
  const values: string[] = [];
  for (const value of candidates) {
    const result = schema.safeParse(value);
    const meaning = inspect(result.data);
    if (!result.success || known.has(meaning)) continue;
    known.add(meaning);
    values.push(value);
  }
  return values.slice(0, 3);
}

/** The YAML document that sets `key` alone. */
function fileOf(key: string, value: unknown): { name: string; content: unknown } {
  return {
    name: 'config.yaml',
    content: key.split('.').reduceRight((inner, name) => ({ [name]: inner }), value),
  };
}

/** What some settings cannot be without; the precedence of each is that of its own test. */
const beside: Readonly<Record<string, string>> = {
  FISH_BACKEND: 'http://beside.example',
  FISH_TRANSCRIPTION_URL: 'http://beside.example',
  FISH_S3_ACCESS_KEY: 'a',
  FISH_S3_SECRET_KEY: 'b',
};

describe('the precedence of settings', () => {
  it.each(table)(
    '%s: a flag wins over its variable, that over the file, the file over the default',
    (key, setting) => {
      const { schema, env, flag = '', default: standard } = setting;
      const values = valuesOf(setting);
      expect(values.length, 'values to tell apart').toBeGreaterThanOrEqual(1);
      const [first = '', second = first, third = second] = values;
      const { [env]: _, ...others } = beside;
      const [inFlag, inEnv, inFile] = [{ [flag]: first }, { ...others, [env]: second }, fileOf(key, third)];
      /** In its order: what is given, what holds, and who says so. Where a setting has two values alone, the weaker ones are its default. */
      const weaker =
        values.length > 1
          ? { env: inEnv, file: inFile }
          : { env: { ...others, [env]: standard }, file: fileOf(key, standard) };
      const cases = [
        [{ flags: inFlag, ...weaker }, first, `--${flag}`],
        [{ flags: {}, env: inEnv, file: values.length > 2 ? inFile : fileOf(key, standard) }, second, env],
        [{ flags: {}, env: others, file: inFile }, third, `config.yaml: ${key}`],
        [{ flags: {}, env: { ...others, [env]: '' }, file: inFile }, third, `config.yaml: ${key}`], // an empty variable says nothing
        [{ flags: {}, env: others }, standard, 'default'],
      ] as const;
      for (const [sources, wanted, source] of cases) {
        if (key === 'backend.url' && wanted === standard) continue; // others cannot be without it
        expect(loadConfig(sources)[key], source).toEqual(schema.parse(wanted));
        expect(explainConfig(sources).find((each) => each.key === key)?.source).toBe(source);
      }
    },
  );

  it('gives every setting a variable and a flag of its own', () => {
    for (const name of ['env', 'flag'] as const) {
      const names = table.map(([, setting]) => setting[name]);
      expect(new Set(names).size, name).toBe(names.length);
    }
  });
});
