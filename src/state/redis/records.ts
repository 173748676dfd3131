import type { RecordStore } from '../../core/store.ts';
import { MAX_RECORD_BYTES, recordText } from '../record-text.ts';
import { type RedisLink, redisPrefix } from './link.ts';

/* A hash of texts by id, and a sorted set of ids by the order they came in. */

const get = `return redis.call('HGET', KEYS[1], ARGV[1])`;
const put = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], 'NX', redis.call('INCR', KEYS[3]), ARGV[1])`;
const remove = `
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])`;
const list = `
local all = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  all[#all + 1] = id
  all[#all + 1] = redis.call('HGET', KEYS[1], id)
end
return all`;

/** Documents in Redis. They stay until they are deleted, as long as Redis keeps what it has. */
export function createRedisRecords(link: RedisLink): RecordStore {
  const keys = (collection: string): string[] => [
    `${redisPrefix}records:${collection}`,
    `${redisPrefix}order:${collection}`,
    `${redisPrefix}number`,
  ];
  return {
    abilities: { atomic: true, lasting: true, shared: true, maxValueBytes: MAX_RECORD_BYTES },
    async get(collection, id) {
      const text = await link.run(get, keys(collection), [id]);
      return typeof text === 'string' ? JSON.parse(text) : undefined;
    },
    async put(collection, id, value) {
      await link.run(put, keys(collection), [id, recordText(value)]);
    },
    delete: async (collection, id) => Number(await link.run(remove, keys(collection), [id])) > 0,
    async list(collection) {
      const flat = (await link.run(list, keys(collection), [])) as readonly string[];
      const records: { id: string; value: unknown }[] = [];
      for (let i = 0; i + 1 < flat.length; i += 2) {
        records.push({ id: flat[i] ?? '', value: JSON.parse(flat[i + 1] ?? 'null') });
      }
      return records;
    },
    async close() {},
  };
}
