/** The part of a Redis client that the stores need. */
export interface RedisLink {
  /** Runs a script; integers come as numbers, all else as text. @throws when Redis is away or does not answer in time */
  run(script: string, keys: readonly string[], values: readonly RedisValue[]): Promise<unknown>;
  /** As `run`, with more time; all but integers come as bytes. */
  runForBytes(script: string, keys: readonly string[], values: readonly RedisValue[]): Promise<unknown>;
  /** Calls `hear` for each message; goes on after a reconnection. */
  listen(channel: string, hear: () => void): Promise<void>;
  close(): Promise<void>;
}

export type RedisValue = string | number | Uint8Array;

/** All keys begin with it; the braces keep them together on a cluster. */
export const redisPrefix = '{fish-edge}:';

/** Milliseconds of Redis's own clock, which all servers agree on: the head of a script. */
export const luaNow: string = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** Numbers of an answer; anything else is a fault of the script. */
export function numbers(answer: unknown): readonly number[] {
  if (!Array.isArray(answer)) throw new TypeError('Redis answered something else than a list.');
  return answer.map(Number);
}
