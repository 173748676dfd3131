import { describe, expect, it } from 'vitest';
import { createKeyRing, hashKey, parseKeys } from '../../src/services/keys.ts';

const created = '2026-11-20T10:00:00Z';
const document = async (...names: string[]): Promise<string> => {
  const keys = names.map(async (name) => ({ name, sha256: await hashKey(`secret of ${name}`), created }));
  return JSON.stringify({ keys: await Promise.all(keys) });
};

describe('keys', () => {
  it('are asked for only when there is one', async () => {
    const ring = (apiKey: string) => createKeyRing({ apiKey, now: () => 0, onProblem: () => {} });
    expect(await ring('').isOpen()).toBe(true);
    expect(await ring('k').isOpen()).toBe(false);
    expect((await ring('k').find('k'))?.name).toBe('default');
    expect(await ring('k').find('K')).toBeUndefined();
  });

  it('that are added or removed while the server runs count within seconds', async () => {
    let now = 0;
    let text = await document('ada');
    const ring = createKeyRing({ apiKey: '', read: async () => text, now: () => now, onProblem: () => {} });
    expect((await ring.find('secret of ada'))?.name).toBe('ada');
    text = await document('bob');
    now += 3000;
    expect((await ring.find('secret of bob'))?.name).toBe('bob');
    expect(await ring.find('secret of ada')).toBeUndefined();
  });

  it('stay as they were while their document is broken, and that is told', async () => {
    let now = 0;
    let text = await document('ada');
    const problems: string[] = [];
    const ring = createKeyRing({
      apiKey: '',
      read: async () => text,
      now: () => now,
      onProblem: (p) => problems.push(p),
    });
    await ring.find('x');
    text = '{"keys": [{"name": "bad name!"}]}';
    now += 3000;
    expect((await ring.find('secret of ada'))?.name).toBe('ada');
    expect(problems.join()).toContain('keys.0.name');
  });

  it.each([
    ['is broken', async () => '{'],
    ['cannot be read', async () => Promise.reject(new Error('EACCES'))],
    ['names nobody', async () => '{"keys":[]}'],
  ])('let nobody in while their document %s', async (_, read: () => Promise<string>) => {
    const ring = createKeyRing({ apiKey: '', read, now: () => 0, onProblem: () => {} });
    expect([await ring.isOpen(), await ring.find('anything')]).toEqual([false, undefined]);
  });

  it('stay asked for when their document is gone again', async () => {
    let now = 0;
    let text: string | undefined = await document('ada');
    const ring = createKeyRing({ apiKey: '', read: async () => text, now: () => now, onProblem: () => {} });
    expect(await ring.isOpen()).toBe(false);
    text = undefined;
    now += 3000;
    expect([await ring.isOpen(), await ring.find('secret of ada')]).toEqual([false, undefined]);
  });

  it('end at their date', async () => {
    const sha256 = await hashKey('old');
    const read = async (): Promise<string> =>
      JSON.stringify({ keys: [{ name: 'old', sha256, created, expires: '2020-01-01T00:00:00Z' }] });
    const ring = createKeyRing({ apiKey: '', read, now: () => 0, onProblem: () => {} });
    expect(await ring.find('old')).toBeUndefined();
    expect(await ring.isOpen()).toBe(false);
  });

  it.each(['{', '[]', '{"keys":[{"name":"a","sha256":"short","created":"2026-11-20T10:00:00Z"}]}'])(
    'refuse the document %s in one line',
    (text) => {
      expect(() => parseKeys(text)).toThrow(/^the keys .{1,120}$/);
    },
  );
});
