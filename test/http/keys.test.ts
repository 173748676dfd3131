import { describe, expect, it } from 'vitest';
import { createKeyRing, hashKey, parseKeys } from '../../src/services/keys.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

const created = '2026-11-20T10:00:00Z';
const document = async (...names: string[]): Promise<string> => {
  const keys = names.map(async (name) => ({ name, sha256: await hashKey(`secret of ${name}`), created }));
  return JSON.stringify({ keys: await Promise.all(keys) });
};

describe('keys', () => {
  it('are asked for only when there is one', async () => {
    const ring = (apiKey: string) => createKeyRing({ apiKey, clock: createFakeClock(), onProblem: () => {} });
    expect(await ring('').isOpen()).toBe(true);
    expect(await ring('k').isOpen()).toBe(false);
    expect((await ring('k').find('k'))?.name).toBe('default');
    expect(await ring('k').find('K')).toBeUndefined();
  });

  it('that are added or removed while the server runs count within seconds', async () => {
    const clock = createFakeClock();
    let text = await document('ada');
    const ring = createKeyRing({ apiKey: '', read: async () => text, clock, onProblem: () => {} });
    expect((await ring.find('secret of ada'))?.name).toBe('ada');
    text = await document('bob');
    clock.advance(3000);
    expect((await ring.find('secret of bob'))?.name).toBe('bob');
    expect(await ring.find('secret of ada')).toBeUndefined();
  });

  it('that another process made count at once, and a guess reads the document ten times a second at most', async () => {
    const clock = createFakeClock();
    let text = await document('ada');
    let reads = 0;
    const read = async () => {
      reads++;
      return text;
    };
    const ring = createKeyRing({ apiKey: '', read, clock, onProblem: () => {} });
    await ring.find('secret of ada');
    text = await document('ada', 'bob');
    clock.advance(200);
    expect((await ring.find('secret of bob'))?.name).toBe('bob');
    text = await document('ada', 'bob', 'cleo');
    clock.advance(200);
    expect((await ring.named('cleo')).map(({ name }) => name)).toEqual(['cleo']);
    expect(reads).toBe(3);
    clock.advance(200);
    for (let guess = 0; guess < 10; guess++) expect(await ring.find(`guess ${guess}`)).toBeUndefined();
    expect(reads).toBe(4);
  });

  it('end at the time that they name', async () => {
    const clock = createFakeClock();
    const expires = new Date(clock.wallNow() + 10_000).toISOString();
    const key = { name: 'ada', sha256: await hashKey('secret of ada'), created, expires };
    const ring = createKeyRing({
      apiKey: '',
      read: async () => JSON.stringify({ keys: [key] }),
      clock,
      onProblem() {},
    });
    clock.advance(9999);
    expect((await ring.find('secret of ada'))?.name).toBe('ada');
    clock.advance(1);
    expect(await ring.find('secret of ada')).toBeUndefined();
  });

  it('stay as they were while their document is broken, and that is told', async () => {
    const clock = createFakeClock();
    let text = await document('ada');
    const problems: string[] = [];
    const ring = createKeyRing({
      apiKey: '',
      read: async () => text,
      clock,
      onProblem: (p) => problems.push(p),
    });
    await ring.find('x');
    text = '{"keys": [{"name": "bad name!"}]}';
    clock.advance(3000);
    expect((await ring.find('secret of ada'))?.name).toBe('ada');
    expect(problems.join()).toContain('keys.0.name');
  });

  it.each([
    ['is broken', async () => '{'],
    ['cannot be read', async () => Promise.reject(new Error('EACCES'))],
    ['names nobody', async () => '{"keys":[]}'],
  ])('let nobody in while their document %s', async (_, read: () => Promise<string>) => {
    const ring = createKeyRing({ apiKey: '', read, clock: createFakeClock(), onProblem: () => {} });
    expect([await ring.isOpen(), await ring.find('anything')]).toEqual([false, undefined]);
  });

  it('stay asked for when their document is gone again', async () => {
    const clock = createFakeClock();
    let text: string | undefined = await document('ada');
    const ring = createKeyRing({ apiKey: '', read: async () => text, clock, onProblem: () => {} });
    expect(await ring.isOpen()).toBe(false);
    text = undefined;
    clock.advance(3000);
    expect([await ring.isOpen(), await ring.find('secret of ada')]).toEqual([false, undefined]);
  });

  it('end at their date', async () => {
    const sha256 = await hashKey('old');
    const read = async (): Promise<string> =>
      JSON.stringify({ keys: [{ name: 'old', sha256, created, expires: '2020-01-01T00:00:00Z' }] });
    const ring = createKeyRing({ apiKey: '', read, clock: createFakeClock(), onProblem: () => {} });
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
