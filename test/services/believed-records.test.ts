import { describe, expect, it } from 'vitest';
import type { RecordStore } from '../../src/core/store.ts';
import { believeRecords } from '../../src/services/believed-records.ts';
import { createMemoryRecords } from '../../src/state/memory.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

const collection = 'words';

/** A store whose lists come when the test says so, as they were when they were asked for. */
function slowStore(): { records: RecordStore; lists: (() => void)[]; away: { is: boolean } } {
  const records = createMemoryRecords();
  const lists: (() => void)[] = [];
  const away = { is: false };
  return {
    lists,
    away,
    records: {
      ...records,
      async put(...args) {
        if (away.is) throw new Error('away');
        return records.put(...args);
      },
      async list(name) {
        if (away.is) throw new Error('away');
        const found = await records.list(name);
        await new Promise<void>((resolve) => lists.push(resolve));
        return found;
      },
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('believed records', () => {
  it('are read once a second however many ask, and once by one of many when they are old', async () => {
    const { records, lists } = slowStore();
    await records.put(collection, 'a', 'A');
    const clock = createFakeClock();
    const believed = believeRecords<string>(records, collection, clock);
    const first = believed.all();
    await turn();
    lists.shift()?.();
    expect(await first).toEqual(['A']);
    expect(await Promise.all(Array.from({ length: 30 }, () => believed.all()))).toHaveLength(30);
    expect(lists).toHaveLength(0);
    await records.put(collection, 'b', 'B');
    clock.advance(1500);
    const many = Array.from({ length: 30 }, () => believed.all());
    await turn();
    expect(lists).toHaveLength(1);
    lists.shift()?.();
    const [reader, ...others] = await Promise.all(many);
    expect(reader).toEqual(['A', 'B']);
    expect(new Set(others.flat())).toEqual(new Set(['A']));
    expect(await believed.all()).toEqual(['A', 'B']);
  });

  it('have what this server changed, also where a read was begun before', async () => {
    const { records, lists } = slowStore();
    await records.put(collection, 'a', 'A');
    await records.put(collection, 'b', 'B');
    const believed = believeRecords<string>(records, collection, createFakeClock());
    const read = believed.all();
    await turn();
    await believed.put('c', 'C');
    await believed.put('a', 'changed');
    await believed.delete('b');
    lists.shift()?.();
    expect(await read).toEqual(['changed', 'C']);
    await believed.put('d', 'D');
    expect(await believed.all()).toEqual(['changed', 'C', 'D']);
  });

  it('do not go back to what an older read saw', async () => {
    const { records, lists } = slowStore();
    const clock = createFakeClock();
    const believed = believeRecords<string>(records, collection, clock);
    const older = believed.fresh();
    await turn();
    clock.advance(10);
    await records.put(collection, 'a', 'by another server');
    const newer = believed.fresh();
    await turn();
    lists.pop()?.();
    expect(await newer).toEqual(['by another server']);
    lists.pop()?.();
    expect(await older).toEqual([]);
    expect(believed.known()).toEqual(['by another server']);
  });

  it('are known still when the store is away, and read anew after a change that failed', async () => {
    const { records, lists, away } = slowStore();
    await records.put(collection, 'a', 'A');
    const believed = believeRecords<string>(records, collection, createFakeClock());
    const read = believed.all();
    await turn();
    lists.shift()?.();
    await read;
    away.is = true;
    await expect(believed.put('b', 'B')).rejects.toThrow('away');
    await expect(believed.all()).rejects.toThrow('away');
    expect(believed.known()).toEqual(['A']);
    away.is = false;
    const again = believed.all();
    await turn();
    expect(lists).toHaveLength(1);
    lists.shift()?.();
    expect(await again).toEqual(['A']);
  });
});
