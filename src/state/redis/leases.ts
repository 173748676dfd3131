import type { Clock } from '../../core/ports.ts';
import type { ResourceStatus } from '../../core/store.ts';
import { MAX_TRAITS } from '../lease-table.ts';
import { createNotifier } from '../notifier.ts';
import type { LeaseBackend } from '../shared.ts';
import { luaNow, numbers, type RedisLink, redisPrefix } from './link.ts';

/*
 * The rules of lease-table.ts in Lua: Redis runs a script as a whole, so that no two servers take the last slot. A resource has
 * a sorted set of leases (by their end) and a hash for its breaker: `failures`, `shut` (until), `trial` (the lease that tries),
 * `traits` (of failures that may be their requests' own, with spaces between).
 */

const channel = `${redisPrefix}wake`;
const leasesKey = (placeId: string): string => `${redisPrefix}leases:${placeId}`;
const breakerKey = (placeId: string): string => `${redisPrefix}breaker:${placeId}`;
const keysOf = (placeIds: readonly string[]): string[] =>
  placeIds.flatMap((id) => [leasesKey(id), breakerKey(id)]);

/** A resource of which nobody speaks for so long is as good as new. */
const FORGET_MS = 3_600_000;

const luaPlace = `${luaNow}
local function put(leases, id, ms)
  redis.call('ZADD', leases, now + ms, id)
  redis.call('PEXPIRE', leases, math.max(ms, redis.call('PTTL', leases)))
end
local function place(leases, breaker)
  redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
  local trial = redis.call('HGET', breaker, 'trial')
  if trial and not redis.call('ZSCORE', leases, trial) then
    redis.call('HDEL', breaker, 'trial')
    trial = false
  end
  local shut = tonumber(redis.call('HGET', breaker, 'shut') or 0)
  return redis.call('ZCARD', leases), shut, trial
end
local function seen()
  local all = {}
  for i = 1, #KEYS / 2 do
    local taken, shut, trial = place(KEYS[2 * i - 1], KEYS[2 * i])
    all[2 * i - 1] = taken
    all[2 * i] = (now < shut or trial) and 1 or 0
  end
  return all
end
`;

/** Values: lease, its milliseconds, the slots of each resource. Answers the number of the resource (0: none), the wait (-1: none), then as `look`. */
const take = `${luaPlace}
local function answer(number, wait)
  local told = seen()
  table.insert(told, 1, wait)
  table.insert(told, 1, number)
  return told
end
local free_at = math.huge
for i = 1, #KEYS / 2 do
  local leases, breaker = KEYS[2 * i - 1], KEYS[2 * i]
  local slots = tonumber(ARGV[2 + i])
  local taken, shut, trial = place(leases, breaker)
  if now >= shut and not trial and taken < slots then
    put(leases, ARGV[1], tonumber(ARGV[2]))
    if shut > 0 then redis.call('HSET', breaker, 'trial', ARGV[1]) end
    return answer(i, -1)
  end
  local ends = 0
  if taken >= slots or trial then
    local first = redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')
    ends = tonumber(first[2] or math.huge)
  end
  free_at = math.min(free_at, math.max(ends, shut))
end
if free_at == math.huge then return answer(0, -1) end
return answer(0, math.max(1, free_at - now))`;

/** Values: lease, its milliseconds. */
const renew = `${luaPlace} put(KEYS[1], ARGV[1], tonumber(ARGV[2]))`;

/** Values: lease, channel. */
const release = `
if redis.call('HGET', KEYS[2], 'trial') == ARGV[1] then redis.call('HDEL', KEYS[2], 'trial') end
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then redis.call('PUBLISH', ARGV[2], '') end`;

/** Values: outcome, failures, pause, milliseconds until it is forgotten, channel, then the most traits that are kept and the traits. */
const report = `${luaNow}
local shut = tonumber(redis.call('HGET', KEYS[1], 'shut') or 0)
if ARGV[1] == 'worked' then
  redis.call('DEL', KEYS[1])
  if shut > 0 then redis.call('PUBLISH', ARGV[5], '') end
  return
end
local tried = shut > 0 and now >= shut
local first = false
if #ARGV > 6 then
  local kept = {}
  for trait in string.gmatch(redis.call('HGET', KEYS[1], 'traits') or '', '%S+') do table.insert(kept, trait) end
  first = #kept == 0
  for i = 7, #ARGV do
    for j = 1, #kept do if kept[j] == ARGV[i] then return end end
  end
  for i = 7, #ARGV do table.insert(kept, ARGV[i]) end
  redis.call('HSET', KEYS[1], 'traits', table.concat(kept, ' ', math.max(1, #kept - tonumber(ARGV[6]) + 1)))
  if first and tried then
    redis.call('HDEL', KEYS[1], 'shut', 'trial')
    redis.call('HSET', KEYS[1], 'failures', 1)
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
    redis.call('PUBLISH', ARGV[5], '')
    return
  end
end
local most = tonumber(ARGV[2])
local failures = math.min(tonumber(redis.call('HGET', KEYS[1], 'failures') or 0) + 1, most)
redis.call('HSET', KEYS[1], 'failures', failures)
if not first and (tried or (shut == 0 and failures >= most)) then
  redis.call('HSET', KEYS[1], 'shut', now + tonumber(ARGV[3]))
  redis.call('HDEL', KEYS[1], 'trial')
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])`;

/** Answers taken and shut (0 or 1) of each resource. */
const look = `${luaPlace} return seen()`;

function statusOf(placeIds: readonly string[], seen: readonly number[]): ReadonlyMap<string, ResourceStatus> {
  return new Map(placeIds.map((id, i) => [id, { taken: seen[2 * i] ?? 0, shut: seen[2 * i + 1] === 1 }]));
}

/** @throws when Redis cannot be listened to */
export async function createRedisLeaseBackend(link: RedisLink, clock: Clock): Promise<LeaseBackend> {
  const notifier = createNotifier(clock);
  await link.listen(channel, () => notifier.wake());
  return {
    async take(resources, leaseId, leaseMs) {
      const values = [leaseId, Math.ceil(leaseMs), ...resources.map(({ slots }) => slots)];
      const ids = resources.map(({ id }) => id);
      const [number = 0, waitMs = -1, ...seen] = numbers(await link.run(take, keysOf(ids), values));
      return {
        placeId: ids[number - 1],
        waitMs: waitMs < 0 ? undefined : waitMs,
        status: statusOf(ids, seen),
      };
    },
    async renew({ placeId, leaseId }, leaseMs) {
      await link.run(renew, [leasesKey(placeId)], [leaseId, Math.ceil(leaseMs)]);
    },
    async release({ placeId, leaseId }) {
      await link.run(release, keysOf([placeId]), [leaseId, channel]);
    },
    async report(placeId, outcome, { failures, pauseMs }, traits = []) {
      const values = [
        outcome,
        failures,
        Math.ceil(pauseMs),
        Math.ceil(Math.max(FORGET_MS, 2 * pauseMs)),
        channel,
        MAX_TRAITS,
        ...traits,
      ];
      await link.run(report, [breakerKey(placeId)], values);
    },
    async look(placeIds) {
      return statusOf(placeIds, numbers(await link.run(look, keysOf(placeIds), [])));
    },
    watch: (wake) => notifier.add(wake),
    nudge: (ms) => notifier.wakeIn(ms),
  };
}
