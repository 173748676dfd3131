import { describe, expect, it } from 'vitest';
import { ConfigError, chosenEngine, loadConfig, settings } from '../../src/config/config.ts';

const none = { flags: {}, env: {} };
const file = (content: unknown): { name: string; content: unknown } => ({ name: 'config.yaml', content });

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('parses every default', () => {
    const config = loadConfig(none);
    expect(Object.keys(config).sort()).toEqual(Object.keys(settings).sort());
    expect(config['server.listen']).toEqual({ host: '0.0.0.0', port: 8080 });
    expect(config['server.read_timeout']).toBe(30_000);
    expect(config['backend.total_timeout']).toBe(600_000);
    expect(config['limits.max_body']).toBe(32 * 1024 * 1024);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('lets flags win over variables, variables over the file, the file over defaults', () => {
    const content = { queue: { workers: 5, max_pending: 6 }, limits: { max_text_length: 7 } };
    const env = { FISH_MAX_PENDING: '60', FISH_MAX_TEXT_LENGTH: '70' };
    const config = loadConfig({ flags: { 'max-text-length': '700' }, env, file: file(content) });
    expect(config['queue.workers']).toBe(5);
    expect(config['queue.max_pending']).toBe(60);
    expect(config['limits.max_text_length']).toBe(700);
  });

  it('lists every wrong value at once, with the name it was set by', () => {
    const problems = problemsOf(() =>
      loadConfig({
        flags: { listen: 'nowhere' },
        env: { FISH_WORKERS: '0', FISH_LOG_LEVEL: 'loud', FISH_READ_TIMEOUT: '5 minutes' },
        file: file({ server: { write_timeout: '1y' }, colour: 'blue' }),
      }),
    );
    expect(problems).toHaveLength(6);
    for (const name of [
      '--listen',
      'FISH_WORKERS',
      'FISH_LOG_LEVEL',
      'FISH_READ_TIMEOUT',
      'server.write_timeout',
      'colour',
    ]) {
      expect(problems.filter((problem) => problem.includes(name))).toHaveLength(1);
    }
  });

  it('takes a bucket by its path, with keys of its own, and no place that cannot be one', () => {
    const keys = { FISH_S3_ACCESS_KEY: 'a', FISH_S3_SECRET_KEY: 'b' };
    const load = (place: string, env: object = keys): unknown =>
      loadConfig({ ...none, env: { ...env, FISH_FILES: place } })['files.store'];
    for (const place of [
      'auto',
      'disk',
      'https://s3.example.com/voices',
      'http://127.0.0.1:9000/a.b-c/folder/in',
    ])
      expect(load(place)).toBe(place);
    expect(load('https://s3.example.com/voices/')).toBe('https://s3.example.com/voices');
    const wrong = [
      'memory',
      's3://voices',
      'https://s3.example.com',
      'https://s3.example.com/',
      'https://s3.example.com/voices?x=1',
      'https://s3.example.com/voices#x',
      'https://s3.example.com/voi ces',
      'https://user:hunter2@s3.example.com/voices',
    ];
    for (const place of wrong) {
      const problems = problemsOf(() => load(place));
      expect(problems, place).toEqual([
        expect.stringMatching(/^FISH_FILES: must be auto, disk or the address/),
      ]);
      expect(problems.join()).not.toContain('hunter2');
    }
    const without = problemsOf(() => load('https://s3.example.com/voices', { FISH_S3_ACCESS_KEY: 'a' }));
    expect(without).toEqual([expect.stringMatching(/^files\.store: .*its keys are not set/)]);
  });

  it('never prints a secret', () => {
    const problems = problemsOf(() => loadConfig({ flags: {}, env: { FISH_API_KEY: 'k'.repeat(2000) } }));
    expect(problems.join()).toContain('FISH_API_KEY');
    expect(problems.join()).not.toContain('kkk');
  });

  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['1.5s', 1500],
    ['45', 45_000],
  ])('reads the duration %s', (text, ms) => {
    expect(loadConfig({ flags: { 'read-timeout': text }, env: {} })['server.read_timeout']).toBe(ms);
  });

  it.each([
    [':9000', '0.0.0.0', 9000],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['[::1]:80', '::1', 80],
  ])('reads the address %s', (text, host, port) => {
    expect(loadConfig({ flags: { listen: text }, env: {} })['server.listen']).toEqual({ host, port });
  });

  it('refuses the engine fish without an origin', () => {
    expect(problemsOf(() => loadConfig({ flags: { engine: 'fish' }, env: {} })).join()).toContain(
      'FISH_BACKEND',
    );
  });

  it('takes an origin where one is configured, else the embedded voice', () => {
    expect(chosenEngine(loadConfig(none))).toBe('onnx');
    const withOrigin = loadConfig({ flags: {}, env: { FISH_BACKEND: 'http://127.0.0.1:8081/' } });
    expect(withOrigin['backend.url']).toEqual(['http://127.0.0.1:8081']);
    expect(chosenEngine(withOrigin)).toBe('fish');
    expect(chosenEngine(loadConfig({ flags: { engine: 'onnx' }, env: { FISH_BACKEND: 'http://a' } }))).toBe(
      'onnx',
    );
  });
});
