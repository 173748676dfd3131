import type { Abilities, RecordStore } from '../../core/store.ts';
import { MAX_RECORD_BYTES, recordText } from '../record-text.ts';
import type { SqlDatabase } from './sql.ts';

/** Documents in a table; each is written at once, as people write them, not requests. */
export function createSqlRecords(db: SqlDatabase, abilities: Pick<Abilities, 'shared'>): RecordStore {
  return {
    abilities: { atomic: true, lasting: true, maxValueBytes: MAX_RECORD_BYTES, ...abilities },
    async get(collection, id) {
      const [row] = db.all('SELECT value FROM records WHERE collection = ? AND id = ?', collection, id);
      return row && JSON.parse(String(row.value));
    },
    async put(collection, id, value) {
      db.all(
        `INSERT INTO records (collection, id, value) VALUES (?, ?, ?)
          ON CONFLICT (collection, id) DO UPDATE SET value = excluded.value`,
        collection,
        id,
        recordText(value),
      );
    },
    async delete(collection, id) {
      const sql = 'DELETE FROM records WHERE collection = ? AND id = ? RETURNING number';
      return db.all(sql, collection, id).length > 0;
    },
    async count(collection) {
      const [row] = db.all('SELECT COUNT(*) AS count FROM records WHERE collection = ?', collection);
      return Number(row?.count ?? 0);
    },
    async list(collection) {
      const rows = db.all('SELECT id, value FROM records WHERE collection = ? ORDER BY number', collection);
      return rows.map(({ id, value }) => ({ id: String(id), value: JSON.parse(String(value)) as unknown }));
    },
    async close() {},
  };
}
