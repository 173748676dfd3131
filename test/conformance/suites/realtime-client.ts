import { connect } from 'node:net';
import OpenAI from 'openai';
import { OpenAIRealtimeWS as BetaRealtimeWS } from 'openai/beta/realtime/ws';
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import type { RealtimeClientEvent, SessionCreatedEvent } from 'openai/resources/realtime/realtime';
import WebSocket from 'ws';
import type { FakeModel } from '../../fake-model.ts';
import type { RunningServer } from '../server.ts';
import type { Context } from './context.ts';

/** Of the server that the suites of the protocol share. */
export const realtimeKey = 'realtime-secret';

/** What they get. */
export interface RealtimeContext extends Context {
  /** A server that asks for a key and has a language model. */
  readonly own: () => RunningServer;
  readonly model: () => FakeModel;
}

/** An event of the server, as far as the tests read it. */
export interface ServerEvent {
  readonly type: string;
  readonly event_id: string;
  readonly [member: string]: unknown;
}

const waitMs = 30_000;
const pollMs = 5;

/** Those that come as often as the audio or the text is cut, which says nothing of the order. */
const isDelta = ({ type }: ServerEvent): boolean => type.endsWith('.delta');

/** The official client of the Realtime protocol, and all that it was told. */
export class RealtimeClient {
  readonly events: ServerEvent[] = [];
  /** The code and the reason with which the socket closed, once it did. */
  readonly closed: Promise<[code: number, reason: string]>;
  readonly socket: OpenAIRealtimeWS['socket'];
  readonly #send: (event: object) => void;
  #read = 0;

  private constructor(socket: OpenAIRealtimeWS['socket'], send: (event: object) => void) {
    this.socket = socket;
    this.#send = send;
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve([code, reason.toString()]));
    });
  }

  /** Clients ask for TLS, which a proxy before the server would end: here nothing does. */
  static #options(url: string) {
    const { hostname, port } = new URL(url);
    return { options: { createConnection: () => connect(Number(port), hostname) } };
  }

  static async open(
    url: string,
    key: string,
    asked: { readonly model: string } | { readonly intent: 'transcription' } = { model: 'gpt-realtime' },
  ): Promise<RealtimeClient> {
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key });
    const official = new OpenAIRealtimeWS({ ...asked, ...RealtimeClient.#options(url) }, openai);
    const client = new RealtimeClient(official.socket, (event) =>
      official.send(event as RealtimeClientEvent),
    );
    official.on('event', (event) => client.events.push({ ...event } as unknown as ServerEvent));
    official.on('error', () => {}); // told as an event too
    await client.next('session.created');
    return client;
  }

  /** The client of the beta, which has other names for the events. */
  static async openBeta(url: string, key: string): Promise<RealtimeClient> {
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key });
    const props = { model: 'gpt-4o-realtime-preview', ...RealtimeClient.#options(url) };
    const official = new BetaRealtimeWS(props, openai);
    const client = new RealtimeClient(official.socket, (event) => official.send(event as never));
    official.on('event', (event) => client.events.push({ ...event } as unknown as ServerEvent));
    official.on('error', () => {});
    await client.next('session.created');
    return client;
  }

  send(event: RealtimeClientEvent): void {
    this.#send(event);
  }

  /** What no client with types can send. */
  sendRaw(message: string | Uint8Array): void {
    this.socket.send(message);
  }

  /** A message of the user, and the wish for an answer. */
  ask(text: string, response: object = {}): void {
    const content = [{ type: 'input_text' as const, text }];
    this.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
    this.send({ type: 'response.create', response });
  }

  /** The first event of a type after those that were read already. */
  async next(type: string): Promise<ServerEvent> {
    for (const until = Date.now() + waitMs; ; ) {
      const at = this.events.findIndex((event, index) => index >= this.#read && event.type === type);
      const event = this.events[at];
      if (event) {
        this.#read = at + 1;
        return event;
      }
      if (Date.now() > until) throw new Error(`No ${type}; there came ${this.types().join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** The response that ends next. */
  async done(): Promise<Response> {
    return (await this.next('response.done')).response as Response;
  }

  /** The types of events from `from` on, several deltas in a row as one. */
  types(from = 0): readonly string[] {
    const told = this.events.slice(from);
    return told
      .filter((event, index) => !(isDelta(event) && told[index - 1]?.type === event.type))
      .map(({ type }) => type);
  }

  /** The deltas of a type, put together. */
  joined(type: string, from = 0): string {
    const deltas = this.events.slice(from).filter((event) => event.type === type);
    return deltas.map(({ delta }) => String(delta)).join('');
  }

  /** All audio that came. */
  audio(from = 0, type = 'response.output_audio.delta'): Buffer {
    const deltas = this.events.slice(from).filter((event) => event.type === type);
    return Buffer.concat(deltas.map(({ delta }) => Buffer.from(String(delta), 'base64')));
  }

  async leave(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

interface Response {
  readonly id: string;
  readonly status: string;
  readonly status_details: {
    readonly reason?: string;
    readonly error?: { readonly code: string; readonly message: string };
  } | null;
  readonly output: readonly {
    readonly id: string;
    readonly type: string;
    readonly status: string;
    readonly call_id?: string;
    readonly content?: readonly {
      readonly type: string;
      readonly transcript?: string;
      readonly text?: string;
    }[];
  }[];
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number } | null;
}

export interface ErrorEvent extends ServerEvent {
  readonly error: {
    readonly type: string;
    readonly code: string;
    readonly message: string;
    readonly param: string | null;
    readonly event_id: string | null;
  };
}

/**
 * A session of OpenAI's client for browsers, which sends its key in the subprotocol, and what the server says of it. That client always
 * asks for `wss:`: its address stands for the test's own.
 */
export async function openInBrowser(
  serverUrl: string,
  apiKey: string,
): Promise<{ readonly client: OpenAIRealtimeWebSocket; readonly session: SessionCreatedEvent['session'] }> {
  const [ours, theirs] = [`ws://${new URL(serverUrl).host}`, 'wss://realtime.example'];
  class Plain extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url.replace(theirs, ours), protocols);
    }
  }
  const usual = globalThis.WebSocket;
  globalThis.WebSocket = Plain as unknown as typeof globalThis.WebSocket;
  try {
    const openai = new OpenAI({ baseURL: 'https://realtime.example/v1', apiKey });
    const client = new OpenAIRealtimeWebSocket({ model: 'gpt-realtime' }, openai);
    const { session } = await new Promise<SessionCreatedEvent>((resolve, reject) => {
      client.on('session.created', resolve);
      client.on('error', reject);
    });
    return { client, session };
  } finally {
    globalThis.WebSocket = usual;
  }
}
