import { Buffer } from 'node:buffer';
import { createClient, RESP_TYPES } from '@redis/client';
import type { RedisLink, RedisValue } from '../../state/redis/link.ts';

/** A script without an answer for so long has failed: speech waits for it. */
const COMMAND_MS = 500;
/** One that carries speech of megabytes. */
const BYTES_MS = 2000;
const CONNECT_MS = 3000;
/** A connection that says nothing for so long is dead: pings keep a healthy one talking. */
const SILENT_MS = 5000;
const PING_MS = 2000;
/** Commands that wait for an answer; the next one fails at once. */
const MAX_COMMANDS = 10_000;
const retryMs = { least: 50, most: 2000 };

/** Connects to the Redis at `url`, and again whenever the connection is lost. @throws when it cannot be reached now */
export async function openRedis(url: string): Promise<RedisLink> {
  const client = createClient({
    url,
    disableOfflineQueue: true, // a command that waits for a reconnection would come too late
    commandsQueueMaxLength: MAX_COMMANDS,
    pingInterval: PING_MS,
    socket: {
      connectTimeout: CONNECT_MS,
      socketTimeout: SILENT_MS,
      reconnectStrategy: (tries) => Math.min(retryMs.most, retryMs.least * 2 ** Math.min(tries, 10)),
    },
  });
  const listener = client.duplicate();
  for (const each of [client, listener]) each.on('error', () => {}); // each command says itself that it failed
  await connectAll([client, listener]);
  const inBytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const run =
    (by: Pick<typeof client, 'sendCommand'>, ms: number): RedisLink['run'] =>
    (script, keys, values) =>
      withTimeout(
        ms,
        by.sendCommand(['EVAL', script, String(keys.length), ...keys, ...values.map(argument)]),
      );
  return {
    run: run(client, COMMAND_MS),
    runForBytes: run(inBytes, BYTES_MS),
    listen: (channel, hear) =>
      withTimeout(
        COMMAND_MS,
        listener.subscribe(channel, () => hear()),
      ),
    async close() {
      for (const each of [client, listener]) each.destroy();
    },
  };
}

function argument(value: RedisValue): string | Buffer {
  if (typeof value !== 'object') return String(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

interface Connection {
  once(event: 'error', hear: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

/** The first failure ends the attempt: a server that starts says at once what is wrong. */
async function connectAll(clients: readonly Connection[]): Promise<void> {
  const failed = clients.map(
    (client) => new Promise<never>((_, reject) => client.once('error', (error) => reject(error))),
  );
  const connected = Promise.all(clients.map((client) => client.connect()));
  connected.catch(() => {}); // ends with `destroy`
  try {
    await withTimeout(CONNECT_MS, Promise.race([connected, ...failed]));
  } catch (error) {
    for (const client of clients) client.destroy();
    throw error;
  }
}

function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
