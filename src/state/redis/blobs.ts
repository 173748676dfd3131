import type { BlobStore } from '../../core/store.ts';
import type { CircuitBreaker } from '../circuit-breaker.ts';
import { type BlobBounds, MAX_BLOB_BYTES } from '../memory.ts';
import { luaNow, numbers, type RedisLink, redisPrefix } from './link.ts';

/*
 * A blob is a hash (b: bytes, t: when it was put, g: its tags) that expires. Beside it: `used` (keys by last use), `ends` (keys
 * by expiry), `sizes` and `total` bound the sum, and a set of keys by expiry for each tag. KEYS[1] is the prefix of all.
 */
const luaBlobs = `${luaNow}
local prefix = KEYS[1]
local function drop(key)
  local size = redis.call('HGET', prefix .. 'sizes', key)
  if not size then return end
  local tags = redis.call('HGET', prefix .. 'blob:' .. key, 'g')
  for _, tag in ipairs(cjson.decode(tags or '[]')) do redis.call('ZREM', prefix .. 'tag:' .. tag, key) end
  redis.call('UNLINK', prefix .. 'blob:' .. key)
  redis.call('HDEL', prefix .. 'sizes', key)
  redis.call('ZREM', prefix .. 'used', key)
  redis.call('ZREM', prefix .. 'ends', key)
  redis.call('DECRBY', prefix .. 'total', size)
end
`;

/** Values: key. Answers bytes and age, or nothing. */
const getScript = `${luaBlobs}
local blob = redis.call('HMGET', prefix .. 'blob:' .. ARGV[1], 'b', 't')
if not blob[1] then return nil end
redis.call('ZADD', prefix .. 'used', 'XX', now, ARGV[1])
return { blob[1], now - tonumber(blob[2]) }`;

/** Values: key, bytes, age at most, tags as JSON, bytes in all at most. */
const putScript = `${luaBlobs}
local key, age, most = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[5])
drop(key)
for _, ended in ipairs(redis.call('ZRANGE', prefix .. 'ends', '-inf', now, 'BYSCORE', 'LIMIT', 0, 100)) do drop(ended) end
local size = #ARGV[2] + 256
redis.call('HSET', prefix .. 'blob:' .. key, 'b', ARGV[2], 't', now, 'g', ARGV[4])
redis.call('PEXPIRE', prefix .. 'blob:' .. key, age)
redis.call('HSET', prefix .. 'sizes', key, size)
redis.call('ZADD', prefix .. 'used', now, key)
redis.call('ZADD', prefix .. 'ends', now + age, key)
for _, tag in ipairs(cjson.decode(ARGV[4])) do
  local keys = prefix .. 'tag:' .. tag
  redis.call('ZREMRANGEBYSCORE', keys, '-inf', now)
  redis.call('ZADD', keys, now + age, key)
  redis.call('PEXPIRE', keys, math.max(age, redis.call('PTTL', keys)))
end
local total = redis.call('INCRBY', prefix .. 'total', size)
while total > most do
  local victim = redis.call('ZRANGE', prefix .. 'used', 0, 0)[1]
  if not victim then break end
  drop(victim)
  total = tonumber(redis.call('GET', prefix .. 'total'))
end`;

const deleteScript = `${luaBlobs} drop(ARGV[1])`;

const purgeScript = `${luaBlobs}
local keys = prefix .. 'tag:' .. ARGV[1]
for _, key in ipairs(redis.call('ZRANGE', keys, 0, -1)) do drop(key) end
redis.call('UNLINK', keys)`;

/** Blobs that servers share. While Redis is away every get is a miss, and nothing is kept. */
export function createRedisBlobs(link: RedisLink, bounds: BlobBounds, breaker: CircuitBreaker): BlobStore {
  const maxValueBytes = Math.min(bounds.maxValueBytes ?? MAX_BLOB_BYTES, bounds.maxBytes / 2);
  const keys = [`${redisPrefix}blobs:`];
  const remove = (key: string): Promise<unknown> => breaker.ask(() => link.run(deleteScript, keys, [key]));
  return {
    abilities: { atomic: true, lasting: true, shared: true, maxValueBytes },
    async get(key) {
      const told = await breaker.ask(() => link.runForBytes(getScript, keys, [key]));
      const found = told?.answer;
      if (!Array.isArray(found) || !(found[0] instanceof Uint8Array)) return undefined;
      return { bytes: found[0], ageMs: Math.max(0, numbers(found.slice(1))[0] ?? 0) };
    },
    async put(key, bytes, { maxAgeMs, tags = [] }) {
      if (bytes.byteLength > maxValueBytes || maxAgeMs <= 0) return void (await remove(key));
      const values = [key, bytes, Math.ceil(maxAgeMs), JSON.stringify(tags), Math.floor(bounds.maxBytes)];
      await breaker.ask(() => link.runForBytes(putScript, keys, values));
    },
    delete: async (key) => void (await remove(key)),
    purge: async (tag) => void (await breaker.ask(() => link.run(purgeScript, keys, [tag]))),
    async close() {},
  };
}
