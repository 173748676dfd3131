import { type Check, equal, hold } from './check.ts';

export const recordChecks: readonly Check[] = [
  {
    name: 'records come back as they were put, oldest first, one collection apart from another',
    async run({ records }, id) {
      const collection = id('words');
      equal(await records.get(collection, 'a'), undefined, 'before');
      equal([await records.list(collection), await records.count(collection)], [[], 0], 'empty');
      const value = { alias: 'naïve ✓ "quoted"', n: [1, 2.5, null], deep: { yes: true } };
      await records.put(collection, 'b', value);
      await records.put(collection, 'a', 'second');
      await records.put(id('others'), 'c', 'apart');
      await records.put(collection, 'b', { ...value, n: [] });
      equal(await records.get(collection, 'b'), { ...value, n: [] }, 'replaced');
      equal(
        await records.list(collection),
        [
          { id: 'b', value: { ...value, n: [] } },
          { id: 'a', value: 'second' },
        ],
        'in the order they came',
      );
      equal(await records.count(collection), 2, 'counted');
      equal(
        [await records.delete(collection, 'b'), await records.delete(collection, 'b')],
        [true, false],
        'deleted',
      );
      equal(await records.list(collection), [{ id: 'a', value: 'second' }], 'the rest');
      equal(await records.list(id('others')), [{ id: 'c', value: 'apart' }], 'the other collection');
    },
  },
  {
    name: 'a record above the bound is refused, one at the bound is kept',
    async run({ records }, id) {
      const most = 'x'.repeat(records.abilities.maxValueBytes - 2);
      await records.put(id('large'), 'most', most);
      equal(await records.get(id('large'), 'most'), most, 'at the bound');
      const refused = await records.put(id('large'), 'more', `${most}x`).then(
        () => 'kept',
        (error: unknown) => (error as Error).name,
      );
      equal(refused, 'RangeError', 'above the bound');
      hold((await records.get(id('large'), 'more')) === undefined, 'nothing was kept');
    },
  },
];
