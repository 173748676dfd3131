import { once } from 'node:events';
import { afterAll, beforeAll, expect } from 'vitest';
import WebSocket from 'ws';
import { hashKey } from '../../../src/services/keys.ts';
import { type FakeModel, startFakeModel } from '../../fake-model.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, startingMs } from './context.ts';

export interface ChatEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const created = '2026-11-01T00:00:00Z';
const deadlineMs = 60_000;
export const chatKey = 'sesame';
/** Of somebody else. */
export const otherKey = 'open-barley';

/** A client of `/ws` or `/ws/stream` that keeps all it is told, in its order. */
export class ChatClient {
  readonly socket: WebSocket;
  readonly messages: (ChatEvent | Buffer)[] = [];
  readonly closed: Promise<[code: number, reason: string]>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve([code, reason.toString()]));
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('message', (data, isBinary) => {
      this.messages.push(isBinary ? (data as Buffer) : (JSON.parse(data.toString()) as ChatEvent));
    });
  }

  static async open(url: string, path = `/ws?api_key=${chatKey}`): Promise<ChatClient> {
    const client = new ChatClient(new WebSocket(`${url.replace('http', 'ws')}${path}`));
    await once(client.socket, 'open');
    return client;
  }

  send(type: string, data?: object): void {
    this.socket.send(JSON.stringify({ type, ...(data && { data }) }));
  }

  say(text: string): void {
    this.send('user_message', { text });
  }

  get events(): ChatEvent[] {
    return this.messages.filter((message): message is ChatEvent => !Buffer.isBuffer(message));
  }

  get audio(): Buffer {
    return Buffer.concat(this.messages.filter((message) => Buffer.isBuffer(message)));
  }

  all(type: string): ChatEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  /** The text that came in chunks. */
  get text(): string {
    return this.all('text_chunk')
      .map(({ text }) => text)
      .join('');
  }

  /** Resolves with the `count`-th event of a type once it is there. */
  async until(type: string, count = 1, timeout = deadlineMs): Promise<ChatEvent> {
    await expect
      .poll(() => this.all(type).length, { timeout })
      .toBeGreaterThanOrEqual(count)
      .catch((cause: unknown) => {
        const came = JSON.stringify(this.events.slice(-5));
        throw new Error(`${type} did not come; what came last: ${came}`, { cause });
      });
    return this.all(type)[count - 1] as ChatEvent;
  }

  /** What came, in order, with what repeats itself once. Text and audio mix as they please: each is looked at by itself. */
  order(...types: readonly string[]): string[] {
    return this.messages
      .map((message) => (Buffer.isBuffer(message) ? 'binary' : message.type))
      .filter((type) => types.includes(type))
      .filter((type, index, all) => type !== all[index - 1]);
  }

  async leave(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

/** What the tests of a suite talk to. */
export interface ChatServer {
  readonly url: () => string;
  readonly model: () => FakeModel;
}

/** Starts a server before the tests of a suite, and stops it after them. */
export function chatServer(
  context: Pick<Context, 'runtime' | 'origin'>,
  env: Readonly<Record<string, string>> = {},
): ChatServer {
  let server: RunningServer;
  let model: FakeModel;
  beforeAll(async () => {
    ({ server, model } = await startChatServer(context, env));
  }, startingMs);
  afterAll(async () => {
    await server?.stop();
    await model?.close();
  });
  return { url: () => server.url, model: () => model };
}

/** A server that speaks with the fake origin and answers with a fake model, behind a key. */
export async function startChatServer(
  { runtime, origin }: Pick<Context, 'runtime' | 'origin'>,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly server: RunningServer; readonly model: FakeModel }> {
  const model = await startFakeModel({ reply: answerOf });
  const keys = [
    { name: 'ada', sha256: await hashKey(chatKey), created },
    { name: 'bob', sha256: await hashKey(otherKey), created },
  ];
  const server = await startServer(runtime, {
    env: {
      FISH_BACKEND: origin().url,
      FISH_CACHE: 'off',
      FISH_RETRIES: '0',
      FISH_BREAKER_FAILURES: '1000',
      FISH_FALLBACK: 'false',
      FISH_KEYS: JSON.stringify({ keys }),
      FISH_CLIENT_SHARE: '100',
      LLM_BASE_URL: model.url,
      LLM_NEXT_TOKEN_TIMEOUT: '1m', // a model that is held back waits for its test, however slow that is
      ...env,
    },
  });
  return { server, model };
}

/** What the model answers where a message says nothing else of it: markers of the fake origin get to it through here. */
function answerOf(messages: readonly { readonly role: string; readonly content?: unknown }[]): string {
  const last = String(messages.findLast(({ role }) => role === 'user')?.content);
  const who = /You are (\w+)\./.exec(String(messages[0]?.content))?.[1];
  if (last.includes('broken sentence'))
    return 'This one is fine. [[engineFails]]That one is not. And the last is fine.';
  if (last.includes('endless'))
    return 'Here it comes. [[endless]][[chunkBytes=4000]][[chunkMs=50]]It goes on.';
  return `It is ${who} who speaks. This is the second sentence.`;
}
