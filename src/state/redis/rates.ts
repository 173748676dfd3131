import type { RateStore } from '../../core/store.ts';
import { BUCKETS } from '../rate-window.ts';
import { luaNow, numbers, type RedisLink, redisPrefix } from './link.ts';

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

export function createRedisTake(link: RedisLink): RateStore['take'] {
  return async (key, cost, limit, windowMs) => {
    const values = [Math.ceil(cost), Math.floor(limit), windowMs, BUCKETS];
    const answer = numbers(await link.run(takeScript, [`${redisPrefix}rate:${key}`], values));
    const [allowed = 0, remaining = 0, retryAfterMs = 0, resetMs = 0] = answer;
    return { allowed: allowed === 1, remaining, retryAfterMs, resetMs };
  };
}
