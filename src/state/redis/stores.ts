import type { Clock } from '../../core/ports.ts';
import type { FileStore, RateStore, RecordStore, StateStores } from '../../core/store.ts';
import type { Logger } from '../../telemetry/log.ts';
import { createCircuitBreaker } from '../circuit-breaker.ts';
import { joinStores } from '../join.ts';
import type { BlobBounds } from '../memory.ts';
import { BUCKETS } from '../rate-window.ts';
import { MAX_RECORD_BYTES, recordText } from '../record-text.ts';
import { createSharedLeases, createSharedRates } from '../shared.ts';
import { createRedisBlobs } from './blobs.ts';
import { createRedisLeaseBackend } from './leases.ts';
import { luaNow, numbers, type RedisLink, redisPrefix } from './link.ts';

/** State that servers share in Redis (6.2 or later), with files elsewhere. The link is closed with the stores. @throws when it cannot be used */
export async function createRedisState(
  link: RedisLink,
  files: FileStore,
  options: BlobBounds,
  clock: Clock,
  log: Pick<Logger, 'warn' | 'info'>,
): Promise<StateStores> {
  const breaker = createCircuitBreaker('Redis', clock, log);
  return joinStores(
    {
      blobs: createRedisBlobs(link, options, breaker),
      rates: createSharedRates(createRedisTake(link), clock, breaker),
      records: createRedisRecords(link),
      files,
      leases: createSharedLeases(await createRedisLeaseBackend(link, clock), clock, breaker),
    },
    () => link.close(),
  );
}

/** rate-window.ts in Lua: a hash of amounts by bucket. Values: cost, limit, window, buckets. */
const takeScript = `${luaNow}
local cost, limit, window, grains = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local width = window / grains
local grain = math.floor(now / width)
local used = redis.call('HGETALL', KEYS[1])
local live, total = {}, 0
for i = 1, #used, 2 do
  local number, amount = tonumber(used[i]), tonumber(used[i + 1])
  if number < grain - grains or number > grain then
    redis.call('HDEL', KEYS[1], used[i])
  else
    live[#live + 1] = { number, amount }
    total = total + amount
  end
end
table.sort(live, function(a, b) return a[1] < b[1] end)
local function leaves_in(number) return math.ceil((number + 1 + grains) * width - now) end
local allowed = total + cost <= limit
if allowed and cost > 0 then
  total = total + cost
  redis.call('HINCRBY', KEYS[1], string.format('%d', grain), string.format('%d', cost))
  redis.call('PEXPIRE', KEYS[1], math.ceil(window + 2 * width))
  live[#live + 1] = { grain, cost }
end
local reset, retry = 0, 0
if #live > 0 then reset = leaves_in(live[#live][1]) end
if not allowed then
  retry = math.ceil(window)
  local too_much = total + cost - limit
  for _, each in ipairs(live) do
    too_much = too_much - each[2]
    if too_much <= 0 then
      retry = leaves_in(each[1])
      break
    end
  end
end
return { allowed and 1 or 0, math.max(0, limit - total), retry, reset }`;

function createRedisTake(link: RedisLink): RateStore['take'] {
  return async (key, cost, limit, windowMs) => {
    const values = [Math.ceil(cost), Math.floor(limit), windowMs, BUCKETS];
    const answer = numbers(await link.run(takeScript, [`${redisPrefix}rate:${key}`], values));
    const [allowed = 0, remaining = 0, retryAfterMs = 0, resetMs = 0] = answer;
    return { allowed: allowed === 1, remaining, retryAfterMs, resetMs };
  };
}

/* A hash of texts by id, and a sorted set of ids by the order they came in. */

const get = `return redis.call('HGET', KEYS[1], ARGV[1])`;
const put = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], 'NX', redis.call('INCR', KEYS[3]), ARGV[1])`;
const remove = `
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])`;
const count = `return redis.call('HLEN', KEYS[1])`;
const list = `
local all = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  all[#all + 1] = id
  all[#all + 1] = redis.call('HGET', KEYS[1], id)
end
return all`;

/** Documents in Redis. They stay until they are deleted, as long as Redis keeps what it has. */
function createRedisRecords(link: RedisLink): RecordStore {
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
    count: async (collection) => Number(await link.run(count, keys(collection), [])),
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
