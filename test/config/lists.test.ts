import { describe, expect, it } from 'vitest';
import { type ConfigError, loadConfig, originsOf } from '../../src/config/config.ts';

const load = (env: Record<string, string>, content?: unknown): ReturnType<typeof loadConfig> =>
  loadConfig({ flags: {}, env, ...(content ? { file: { name: 'config.yaml', content } } : {}) });

function problemOf(env: Record<string, string>, content?: unknown): string {
  try {
    load(env, content);
  } catch (error) {
    return (error as ConfigError).problems.join('\n');
  }
  return '';
}

describe('origins', () => {
  it('come from a comma-separated list and from the file, each address once', () => {
    const env = { FISH_BACKEND: 'http://a:1/, http://b:2,http://a:1', FISH_BACKEND_API_KEY: 'k' };
    const config = load(env, { fish: { origins: [{ url: 'http://b:2', slots: 3, weight: 2 }] } });
    expect(originsOf(config)).toEqual([
      { kind: 'fish', url: 'http://a:1', key: 'k', slots: 1, weight: 1, drain: false },
      { kind: 'fish', url: 'http://b:2', key: '', slots: 3, weight: 2, drain: false },
    ]);
  });

  it('may be JSON in a variable', () => {
    const config = load({ FISH_ORIGINS: '[{"url":"https://gpu.example.com","key":"secret","drain":true}]' });
    expect(originsOf(config)[0]).toMatchObject({
      url: 'https://gpu.example.com',
      key: 'secret',
      drain: true,
    });
  });

  it.each([
    ['[{"url":"ftp://x"}]', '0.url'],
    ['[{"url":"http://x","key":"topsecret","slots":0}]', '0.slots'],
    ['[{"slots":1}]', '0.url'],
    ['not json', 'must be a list'],
  ])('%s is refused without being printed', (text, told) => {
    const problem = problemOf({ FISH_ORIGINS: text });
    expect(problem).toContain(told);
    expect(problem).not.toContain('topsecret');
  });

  it.each(['http://a:1,nonsense', 'http://a:1,,ftp://b'])('the list %s is refused', (text) => {
    expect(problemOf({ FISH_BACKEND: text })).toContain('FISH_BACKEND');
  });
});

describe('settings with several values', () => {
  it('read voices that stand in for others', () => {
    const pairs = load({ FISH_FALLBACK_VOICES: 'alice=af_heart, *=joe' })['fish.fallback_voices'];
    expect([...pairs]).toEqual([
      ['alice', 'af_heart'],
      ['*', 'joe'],
    ]);
    expect(problemOf({ FISH_FALLBACK_VOICES: 'alice' })).toContain('FISH_FALLBACK_VOICES');
  });

  it('read networks of proxies', () => {
    const env = { FISH_TRUSTED_PROXIES: '10.0.0.0/8, ::1' };
    expect(load(env)['server.trusted_proxies']).toEqual(['10.0.0.0/8', '::1']);
    expect(problemOf({ FISH_TRUSTED_PROXIES: '10.0.0.0/8,proxy' })).toContain('FISH_TRUSTED_PROXIES');
  });

  it('tell a rate that was set from the one that was not', () => {
    expect(load({})['limits.rate']).toEqual({ perMinute: 100, sparesLoopback: true });
    expect(load({ FISH_RATE_LIMIT: '100' })['limits.rate']).toEqual({
      perMinute: 100,
      sparesLoopback: false,
    });
    expect(problemOf({ FISH_RATE_LIMIT: '-1' })).toContain('FISH_RATE_LIMIT');
  });

  it.each([
    ['FISH_FAST_START', 'maybe'],
    ['FISH_STATE', 'postgres://x'],
  ])('refuse %s=%s', (name, value) => {
    expect(problemOf({ [name]: value })).toContain(name);
  });
});

describe('origins of web pages', () => {
  const pages = (text: string): unknown => load({ FISH_CORS_ORIGINS: text })['server.cors_origins'];

  it('are compared as browsers send them', () => {
    expect(pages('https://App.example/, http://localhost:3000')).toEqual([
      'https://app.example',
      'http://localhost:3000',
    ]);
    expect(pages('')).toEqual([]);
  });

  it.each([
    '*',
    'null',
    'app.example',
    'https://app.example/page',
    'https://app.example:443',
    'ftp://a',
    'https://a?b',
  ])('are never %s', (text) => {
    expect(problemOf({ FISH_CORS_ORIGINS: text })).toMatch(/^FISH_CORS_ORIGINS: must be at most 64 origins/);
  });
});
