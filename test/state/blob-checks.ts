import { type Check, equal, eventually, hold } from './check.ts';

const hour = 3_600_000;

/** Bytes of all values, so that no driver takes them for text. */
export function noise(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes' generator
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Compared byte by byte: JSON of megabytes takes seconds. */
export const same = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a?.length === b.length && a.every((byte, i) => byte === b[i]);

export const blobChecks: readonly Check[] = [
  {
    name: 'blobs come back byte for byte, replaced ones as replaced, deleted ones never',
    async run({ blobs }, id) {
      equal(await blobs.get(id('a')), undefined, 'before');
      for (const [index, length] of [0, 1, 1000, 300_000, 3_000_001].entries()) {
        const bytes = noise(length, index);
        await blobs.put(id('a'), bytes, { maxAgeMs: hour });
        const kept = await blobs.get(id('a'));
        hold(same(kept?.bytes, bytes), `${length} bytes come back`);
        hold((kept?.ageMs ?? -1) >= 0 && (kept?.ageMs ?? hour) < 60_000, `age ${kept?.ageMs}`);
      }
      const view = noise(100, 9).subarray(20, 60);
      await blobs.put(id('view'), view, { maxAgeMs: hour });
      hold(same((await blobs.get(id('view')))?.bytes, view), 'a view of a larger buffer comes back');
      await blobs.delete(id('a'));
      equal(await blobs.get(id('a')), undefined, 'deleted');
    },
  },
  {
    name: 'purge drops all that has the tag and nothing else',
    async run({ blobs }, id) {
      const [one, two] = [id('voice/é?'), id('voice 2')];
      await blobs.put(id('a'), noise(10, 1), { maxAgeMs: hour, tags: [one] });
      await blobs.put(id('b'), noise(10, 2), { maxAgeMs: hour, tags: [two, one] });
      await blobs.put(id('c'), noise(10, 3), { maxAgeMs: hour, tags: [two] });
      await blobs.put(id('d'), noise(10, 4), { maxAgeMs: hour });
      await blobs.purge(one);
      const left: boolean[] = [];
      for (const name of ['a', 'b', 'c', 'd']) left.push((await blobs.get(id(name))) !== undefined);
      equal(left, [false, false, true, true], 'what is left');
      await eventually(async () => {
        await blobs.put(id('a'), noise(10, 5), { maxAgeMs: hour, tags: [one] });
        return (await blobs.get(id('a'))) !== undefined;
      }, 'one that is put after the purge is kept');
    },
  },
  {
    name: 'what is too old or too large is a miss, and takes what was there with it',
    async run({ blobs }, id) {
      await blobs.put(id('old'), noise(10, 1), { maxAgeMs: 20 });
      await eventually(async () => (await blobs.get(id('old'))) === undefined, 'the end of its time');
      await blobs.put(id('large'), noise(10, 1), { maxAgeMs: hour });
      await blobs.put(id('large'), new Uint8Array(blobs.abilities.maxValueBytes + 1), { maxAgeMs: hour });
      equal(await blobs.get(id('large')), undefined, 'too large');
      await blobs.put(id('never'), noise(10, 1), { maxAgeMs: 0 });
      equal(await blobs.get(id('never')), undefined, 'no time at all');
    },
  },
];

/** For stores that count their own bytes. */
export function boundCheck(maxBytes: number): Check {
  return {
    name: 'the total stays within its bound, whatever is put',
    async run({ blobs }, id) {
      const length = Math.floor(maxBytes / 10);
      const bytes = noise(length, 1);
      const names = Array.from({ length: 24 }, (_, index) => id(`blob ${index}`)); // 2.4 times the bound
      for (const name of names) await blobs.put(name, bytes.slice(), { maxAgeMs: hour });
      await eventually(async () => {
        let kept = 0;
        for (const name of names) if (await blobs.get(name)) kept++;
        return kept > 5 && kept * length <= maxBytes;
      }, 'no more is kept than the bound allows');
    },
  };
}
