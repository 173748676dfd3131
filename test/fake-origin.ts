/**
 * A Fish-Speech server without the model: it answers as one of its releases does (80db25e unless `version` names another), with a
 * tone for a voice, and misbehaves on request. In process: `startFakeOrigin()`. As a child, for other runtimes:
 * `node test/fake-origin.ts --port 0 [--key K] [--seconds-per-word 0.3] [--generation-factor 0] [--reference anna] [--version 1.5.1]`,
 * which prints `{"url":"…"}`, answers `GET /__seen` with what it saw, and ends on SIGTERM or when stdin ends.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createHold } from './fake-origin/hold.ts';
import { createServerLoop } from './fake-origin/loop.ts';
import { createGate, type Misbehaviour } from './fake-origin/misbehave.ts';
import { type OriginVersion, originVersions, profiles } from './fake-origin/profiles.ts';
import type { References } from './fake-origin/references.ts';
import { replyJson, wasDropped } from './fake-origin/replies.ts';
import { type SeenRequest, type Server, serve } from './fake-origin/routes.ts';
import { tone, wavFile } from './fake-origin/tone.ts';
import type { Trouble } from './fake-origin/trouble.ts';

export interface FakeOriginOptions {
  port?: number;
  /** Which release it is. */
  version?: OriginVersion;
  /** Bearer key; none by default. */
  key?: string;
  secondsPerWord?: number;
  /** Seconds of generation per second of audio; 0 by default. */
  generationFactor?: number;
  maxTextLength?: number;
  /** Ids of the reference voices it has. */
  references?: readonly string[];
  /** For every request; markers in a text come on top. */
  misbehave?: Misbehaviour;
}

export interface FakeOrigin {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Requests to `/v1/tts` alone. */
  readonly spoken: readonly SeenRequest[];
  readonly openSockets: number;
  /** Sockets that were ever opened. */
  readonly connections: number;
  /** Jobs waiting and running. */
  readonly queued: number;
  /** Reference voices, to change under a running test. */
  readonly references: References;
  /** What goes wrong with references and the codec; set it under a running test. */
  trouble: Trouble;
  /** Lets go what a text's `[[held]]` or `[[heldAfterBytes=N]]` holds now; what is `[[endless]]` comes to its end. */
  release(): void;
  /** Resolves when `check` holds; rejects when it does not within `ms`. */
  until(check: () => boolean, ms?: number): Promise<void>;
  /** What is `[[endless]]` breaks off. */
  breakOff(): void;
  close(): Promise<void>;
}

const POLL_MS = 5;
const UNTIL_MS = 30_000;

export async function startFakeOrigin(options: FakeOriginOptions = {}): Promise<FakeOrigin> {
  const requests: SeenRequest[] = [];
  const references: References = new Map();
  for (const id of options.references ?? [])
    references.set(id, { text: 'Hello.', audio: wavFile(tone(0.01), 'exact') });
  const gate = createGate();
  const state: Server = {
    key: options.key ?? '',
    profile: profiles[options.version ?? '80db25e'],
    references,
    loop: createServerLoop(),
    hold: createHold(),
    trouble: {},
    speaking: {
      secondsPerWord: options.secondsPerWord ?? 0.3,
      generationFactor: options.generationFactor ?? 0,
      maxTextLength: options.maxTextLength ?? 0,
      misbehave: options.misbehave ?? {},
      gate,
    },
  };
  let openSockets = 0;
  let connections = 0;
  const report = (): object => ({ requests, openSockets, connections, queued: state.loop.queued });
  const server = createServer((request, response) => {
    if (request.url === '/__seen') replyJson(response, 200, report());
    else void take(state, requests, request, response);
  });
  server.on('connection', (socket) => {
    openSockets++;
    connections++;
    socket.on('close', () => openSockets--);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    references,
    get trouble() {
      return state.trouble;
    },
    set trouble(trouble) {
      state.trouble = trouble;
    },
    get spoken() {
      return requests.filter((request) => request.path === '/v1/tts');
    },
    get openSockets() {
      return openSockets;
    },
    get connections() {
      return connections;
    },
    get queued() {
      return state.loop.queued;
    },
    async until(check, ms = UNTIL_MS) {
      for (const end = performance.now() + ms; !check(); await sleep(POLL_MS)) {
        if (performance.now() > end) throw new Error(`not within ${ms} ms: ${check}`);
      }
    },
    release() {
      gate.release();
      state.hold.release();
    },
    breakOff: () => state.hold.breakOff(),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function take(
  state: Server,
  requests: SeenRequest[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://origin');
  const seen: SeenRequest = {
    method: request.method ?? '',
    path: url.pathname,
    query: url.search,
    headers: request.headers,
    at: performance.now(),
  };
  requests.push(seen);
  const left = (): void => {
    if (!response.writableFinished && !wasDropped(response)) seen.leftAt = performance.now();
  };
  response.on('close', left).on('finish', () => {
    seen.sentAt = performance.now();
  });
  await serve(state, request, response, seen);
  seen.doneAt = performance.now();
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      key: { type: 'string', default: '' },
      'seconds-per-word': { type: 'string', default: '0.3' },
      'generation-factor': { type: 'string', default: '0' },
      'max-text-length': { type: 'string', default: '0' },
      version: { type: 'string', default: '80db25e' },
      reference: { type: 'string', multiple: true, default: [] },
      misbehave: { type: 'string', default: '{}' },
    },
  });
  const origin = await startFakeOrigin({
    port: Number(values.port),
    key: values.key,
    version: originVersions.find((version) => version === values.version) ?? '80db25e',
    secondsPerWord: Number(values['seconds-per-word']),
    generationFactor: Number(values['generation-factor']),
    maxTextLength: Number(values['max-text-length']),
    references: values.reference,
    misbehave: JSON.parse(values.misbehave) as Misbehaviour,
  });
  console.log(JSON.stringify({ url: origin.url }));
  const stop = (): void => void origin.close().then(() => process.exit(0));
  process.on('SIGTERM', stop);
  process.stdin.on('end', stop).resume();
}

if (import.meta.main) await main();
