import type { RecordStore } from '../../core/store.ts';
import { MAX_RECORD_BYTES, recordText } from '../record-text.ts';

/** Documents in this process. */
export function createMemoryRecords(): RecordStore {
  const collections = new Map<string, Map<string, string>>();
  return {
    abilities: { atomic: true, lasting: false, shared: false, maxValueBytes: MAX_RECORD_BYTES },
    async get(collection, id) {
      const text = collections.get(collection)?.get(id);
      return text === undefined ? undefined : JSON.parse(text);
    },
    async put(collection, id, value) {
      const records = collections.get(collection) ?? new Map<string, string>();
      collections.set(collection, records.set(id, recordText(value)));
    },
    async delete(collection, id) {
      const records = collections.get(collection);
      const there = records?.delete(id) ?? false;
      if (records?.size === 0) collections.delete(collection);
      return there;
    },
    async list(collection) {
      const records = collections.get(collection) ?? [];
      return [...records].map(([id, text]) => ({ id, value: JSON.parse(text) as unknown }));
    },
    async close() {
      collections.clear();
    },
  };
}
