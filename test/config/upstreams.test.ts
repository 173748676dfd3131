import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig, originsOf } from '../../src/config/config.ts';

describe('upstreams', () => {
  const kinds = (sources: Readonly<Record<string, string>>): object[] =>
    originsOf(loadConfig({ flags: {}, env: sources })).map(({ kind, url, model, slots }) => ({
      kind,
      url,
      model,
      slots,
    }));
  const fish = { kind: 'fish', model: undefined, slots: 1 };
  const cloud = { kind: 'fish-cloud', slots: 1 };

  test('an origin is the Fish Audio cloud by its host, or by a model', () => {
    expect(kinds({ FISH_BACKEND: 'https://API.fish.audio/,http://127.0.0.1:8080' })).toEqual([
      { ...cloud, url: 'https://api.fish.audio', model: 's1' },
      { ...fish, url: 'http://127.0.0.1:8080' },
    ]);
    expect(kinds({ FISH_BACKEND: 'https://api.fish.audio.example.org' })).toMatchObject([fish]);
    expect(kinds({ FISH_ORIGINS: '[{"url":"http://gpu.internal:8080","model":"s2"}]' })).toMatchObject([
      { ...cloud, model: 's2' },
    ]);
  });

  test('say what they speak, beside the origins of the older settings', () => {
    const upstreams = JSON.stringify([
      { kind: 'openai', url: 'http://kokoro:8880/v1/', model: 'kokoro', voices: ['af_heart'] },
      { kind: 'fish', url: 'http://fish:8080', slots: 2 },
      { kind: 'fish-cloud', url: 'https://cloud.example', model: 's1' },
    ]);
    expect(kinds({ FISH_BACKEND: 'http://first:1', FISH_UPSTREAMS: upstreams })).toEqual([
      { ...fish, url: 'http://first:1' },
      { kind: 'openai', url: 'http://kokoro:8880/v1', model: 'kokoro', slots: 4 },
      { ...fish, url: 'http://fish:8080', slots: 2 },
      { ...cloud, url: 'https://cloud.example', model: 's1' },
    ]);
  });

  const openai = { kind: 'openai', url: 'http://a:1' };
  test.each([
    ['no kind', [{ url: 'http://a:1' }], /kind must be one of fish, fish-cloud, openai/],
    ['a kind that does not exist', [{ ...openai, kind: 'azure' }], /kind must be one of fish/],
    ['no address', [{ kind: 'openai' }], /0\.url/],
    ['an address with a password', [{ ...openai, url: 'http://u:p@a' }], /neither user nor password/],
    [
      'two with one address',
      [openai, { kind: 'fish', url: 'http://a:1/' }],
      /two of them have the address http:\/\/a:1/,
    ],
    [
      'two at one server',
      [openai, { ...openai, url: 'http://a:1/v1' }],
      /two of them have the address http:\/\/a:1$/,
    ],
    [
      'a voice that two kinds claim',
      [
        { ...openai, voices: ['nova', 'anna'] },
        { kind: 'fish', url: 'http://b:1', voices: ['anna'] },
      ],
      /the voice anna is claimed by http:\/\/a:1 \(openai\) and by http:\/\/b:1 \(fish\)/,
    ],
    [
      'a voice that two models claim',
      [
        { ...openai, voices: ['nova'], model: 'tts-1' },
        { ...openai, url: 'http://b:1', voices: ['nova'], model: 'kokoro' },
      ],
      /the voice nova is claimed/,
    ],
    ['no voices', [{ ...openai, voices: [] }], /0\.voices/],
    ['a format that holds no PCM', [{ ...openai, format: 'mp3' }], /0\.format/],
    ['a sample rate out of range', [{ ...openai, sample_rate: 4000 }], /0\.sample_rate/],
    [
      'a setting of another kind',
      [{ kind: 'fish', url: 'http://a:1', format: 'wav' }],
      /0\.format is a setting of the kind openai/,
    ],
    ['a word that is no setting', [{ ...openai, speed: 2 }], /speed/],
    ['a number', 5, /must be a list/],
  ])('%s is a named error', (_name, value, message) => {
    const load = (): unknown => loadConfig({ flags: {}, env: { FISH_UPSTREAMS: JSON.stringify(value) } });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(message);
  });

  test('an address of the older settings counts once among them, and not again among upstreams', () => {
    const url = 'http://a:1';
    const origins = JSON.stringify([{ url, slots: 3 }]);
    expect(kinds({ FISH_BACKEND: url, FISH_ORIGINS: origins })).toEqual([{ ...fish, url, slots: 3 }]);
    const env = { FISH_BACKEND: url, FISH_UPSTREAMS: JSON.stringify([openai]) };
    expect(() => loadConfig({ flags: {}, env })).toThrow(/two of them have the address/);
  });

  test('voices that two upstreams of one kind and model claim are theirs together', () => {
    const both = ['http://a:1', 'http://b:1'].map((url) => ({ ...openai, url, voices: ['nova'] }));
    expect(kinds({ FISH_UPSTREAMS: JSON.stringify(both) })).toHaveLength(2);
  });
});
