import { noise, same } from './blob-checks.ts';
import { type Check, equal, hold } from './check.ts';

const MiB = 1024 * 1024;
const nameOf = (error: unknown): string => (error as Error).name;

/** Names that none of our own code makes: of other folders, of the system, of other alphabets, and too long ones. */
const badNames: readonly string[] = [
  '',
  '.',
  '..',
  '../up',
  'a/../../up',
  'a/..',
  './a',
  '/etc/passwd',
  'a//b',
  'a/',
  'a.',
  'a./b',
  '.hidden',
  'a/.hidden',
  'a\\..\\b',
  'a b',
  'a\0b',
  'a\n',
  'é',
  '%2e%2e/up',
  'a?b',
  'a#b',
  '^a',
  'a!b',
  'x'.repeat(201),
  'X'.repeat(101),
];

export const fileChecks: readonly Check[] = [
  {
    name: 'files come back byte for byte, replaced ones as replaced, deleted ones never',
    async run({ files }, id) {
      const name = `voices/${id('a')}.wav`;
      equal(await files.get(name), undefined, 'before');
      equal(await files.delete(name), false, 'nothing to delete');
      for (const [index, length] of [0, 1, 1000, 300_000, 5_000_001].entries()) {
        const bytes = noise(length, index);
        await files.put(name, bytes);
        hold(same(await files.get(name), bytes), `${length} bytes come back`);
        equal(await files.list(name), [{ name, bytes: length }], 'listed');
      }
      const view = noise(100, 9).subarray(20, 60);
      await files.put(name, view);
      hold(same(await files.get(name), view), 'a view of a larger buffer comes back');
      equal([await files.delete(name), await files.delete(name)], [true, false], 'deleted');
      equal(await files.get(name), undefined, 'deleted');
      equal(await files.list(name), [], 'listed no more');
    },
  },
  {
    name: 'files are listed by what they begin with, in order, each with its size',
    async run({ files }, id) {
      const folder = id('voices');
      const names = ['b', 'a/2', 'a/10', 'a-1', 'a'].map((name) => `${folder}/${name}`);
      for (const [index, name] of names.entries()) await files.put(name, noise(index + 1, index));
      const listed = async (prefix: string): Promise<unknown> =>
        (await files.list(prefix)).map(({ name, bytes }) => [name.slice(folder.length + 1), bytes]);
      const all = [
        ['a', 5],
        ['a-1', 4],
        ['a/10', 3],
        ['a/2', 2],
        ['b', 1],
      ];
      equal(await listed(folder), all, 'all');
      equal(await listed(`${folder}/a/`), all.slice(2, 4), 'a part');
      for (const none of [`${folder}!`, `${folder}/../`, `${folder}/A`, `${folder}/c`])
        equal(await listed(none), [], `of ${none}`);
      for (const name of names) await files.delete(name);
    },
  },
  {
    name: 'names that differ in case alone are two files, and the longest name is one',
    async run({ files }, id) {
      const names = [
        id('voice'),
        id('Voice'),
        id('con'),
        `${id('a')}/b:c@d+e=f,g~h_i`,
        `${id('long')}${'x'.repeat(200)}`.slice(0, 200),
        `${id('LONG')}${'X'.repeat(100)}`.slice(0, 110),
      ];
      for (const [index, name] of names.entries()) await files.put(name, noise(50, index));
      for (const [index, name] of names.entries()) {
        hold(same(await files.get(name), noise(50, index)), `${name} comes back`);
        equal(await files.list(name), [{ name, bytes: 50 }], name);
      }
      for (const name of names) equal(await files.delete(name), true, name);
    },
  },
  {
    name: 'no file has a name with traversal, of another alphabet, or too long',
    async run({ files }) {
      const before = await files.list('');
      for (const name of badNames) {
        const shown = JSON.stringify(name);
        equal(await files.put(name, noise(10, 1)).catch(nameOf), 'RangeError', `put ${shown}`);
        equal(await files.get(name), undefined, `get ${shown}`);
        equal(await files.delete(name), false, `delete ${shown}`);
      }
      equal(await files.list(''), before, 'what is there');
    },
  },
  {
    name: 'a file that is too large is refused, and the old one stays',
    async run({ files }, id) {
      const old = noise(1000, 1);
      await files.put(id('a'), old);
      const large = new Uint8Array(files.abilities.maxValueBytes + 1);
      equal(await files.put(id('a'), large).catch(nameOf), 'RangeError', 'too large');
      hold(same(await files.get(id('a')), old), 'the old one is still there');
      await files.put(id('a'), large.subarray(1));
      hold((await files.get(id('a')))?.length === files.abilities.maxValueBytes, 'the largest is kept');
      await files.delete(id('a'));
    },
  },
  {
    name: 'of several that put one name at once, one is there, whole',
    async run({ files }, id) {
      const all = Array.from({ length: 8 }, (_, index) => noise(MiB / 2 + index, index));
      await Promise.all(all.map((bytes) => files.put(id('a'), bytes)));
      const kept = await files.get(id('a'));
      hold(
        all.some((bytes) => same(kept, bytes)),
        'it is one of them',
      );
      equal((await files.list(id('a'))).length, 1, 'files');
      await files.delete(id('a'));
    },
  },
];

/** For stores that no other server shares: there the bound is exact. */
export function fileBoundCheck(maxBytes: number): Check {
  return {
    name: 'the total of the files stays within its bound: nothing is dropped, what has no room is refused',
    async run({ files }, id) {
      hold((await files.list('')).length === 0, 'nothing is there');
      const length = Math.floor(maxBytes / 8);
      const bytes = noise(length, 1);
      const names = Array.from({ length: 12 }, (_, index) => id(`file ${index}`.replace(' ', '-')));
      const put = await Promise.all(names.map((name) => files.put(name, bytes).then(() => 'kept', nameOf)));
      equal(
        put,
        names.map((_, index) => (index < 8 ? 'kept' : 'RangeError')),
        'all at once',
      );
      equal((await files.list('')).length, 8, 'kept');
      await files.put(names[0] ?? '', bytes);
      hold(same(await files.get(names[0] ?? ''), bytes), 'one is put again in its own place');
      equal(await files.delete(names[1] ?? ''), true, 'deleted');
      await files.put(names[9] ?? '', bytes);
      for (const name of names) await files.delete(name);
    },
  };
}
