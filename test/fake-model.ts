/**
 * A server with OpenAI's `POST /v1/chat/completions`, without a model: it streams tokens with the gaps of a real one, and records
 * what it was asked and how each answer ended. The last message of the user commands it with markers, which are not repeated:
 *
 *     [[say=The weather is fine.]] [[firstTokenMs=150]] [[tokensPerSecond=30]] What is the weather?
 *
 * Without `say` (and without `reply` of the options) it repeats what it was told. Markers of the options hold for every request.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBody } from './fake-origin/bodies.ts';
import { createGate, type Gate } from './fake-origin/misbehave.ts';
import { drop, replyJson, wasDropped } from './fake-origin/replies.ts';

/** What an answer is like, and what is wrong with it. */
interface ModelScript {
  /** The text of the answer. */
  say?: string;
  firstTokenMs?: number;
  /** Without it all tokens come at once. */
  tokensPerSecond?: number;
  /** Wait before the first token until the test calls `release`. */
  held?: boolean;
  /** The same after so many tokens. */
  heldAfterTokens?: number;
  /** Drop the connection after so many tokens; 0 is before the headers. */
  dieAfterTokens?: number;
  /** Go quiet after so many tokens, with the connection open; 0 is before the headers. */
  stallAfterTokens?: number;
  /** End the stream after so many tokens as if all were said, but without a reason and without `[DONE]`. */
  stopAfterTokens?: number;
  /** Speak on until the client leaves. */
  endless?: boolean;
  /** Write so many bytes at once, each in a packet of its own: characters of UTF-8 are split. */
  splitBytes?: number;
  /** Drop the connection in the middle of a character of UTF-8, after the text. */
  halfCharacter?: boolean;
  /** Tokens are UTF-16 code units: surrogates come apart, as servers send them that decode token by token. */
  halfSurrogates?: boolean;
  /** Call this function after the text: `name:{"its":"arguments"}`. */
  tool?: string;
  /** Why the answer ends; `stop` or `tool_calls` by default. */
  reason?: string;
  /** Answer this status in OpenAI's error shape, with a text that nobody but the log may see. */
  status?: number;
  retryAfter?: string;
  /** An error event in the middle of the stream, after so many tokens, as OpenRouter sends it. */
  errorAfterTokens?: number;
  /** What a proxy or a captive portal answers: 200 and a page. */
  html?: boolean;
  /** `data:` lines that are no JSON, after so many tokens. */
  nonsenseAfterTokens?: number;
}

export interface FakeModelOptions {
  /** Bearer key; none by default. */
  key?: string;
  /** For every request; the markers in a message come on top. */
  script?: ModelScript;
  /** The text of an answer that has no `say`. */
  reply?: (messages: readonly ChatCall['body']['messages'][number][]) => string;
}

interface ChatCall {
  readonly headers: IncomingMessage['headers'];
  readonly body: {
    readonly model?: string;
    readonly messages: readonly { readonly role: string; readonly content?: unknown }[];
    readonly [field: string]: unknown;
  };
  /** Of the client's end of the connection. */
  readonly port: number | undefined;
  /** Tokens that were written. */
  tokens: number;
  /** `left`: the client closed the connection before the end; `dropped`: the server did. */
  ended: 'running' | 'finished' | 'left' | 'dropped';
}

export interface FakeModel {
  /** With `/v1`, as `LLM_BASE_URL` has it. */
  readonly url: string;
  readonly calls: readonly ChatCall[];
  /** Answers that are being written. */
  readonly running: number;
  /** Lets go what is held now. */
  release(): void;
  until(check: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** What nobody but the log may see. */
export const modelTrouble = 'CUDA error: device-side assert at /opt/llm/engine.py:88 (key sk-or-v1-5f3e)';
const POLL_MS = 5;
const UNTIL_MS = 30_000;

export async function startFakeModel(options: FakeModelOptions = {}): Promise<FakeModel> {
  const calls: ChatCall[] = [];
  const gate = createGate();
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://model');
    if (options.key && request.headers.authorization !== `Bearer ${options.key}`) refuse(response, 401);
    else if (pathname === '/v1/models') replyJson(response, 200, { object: 'list', data: [] });
    else if (pathname !== '/v1/chat/completions' || request.method !== 'POST') refuse(response, 404);
    else {
      const body = JSON.parse((await readBody(request)).toString()) as ChatCall['body'];
      const { headers, socket } = request;
      const call: ChatCall = { headers, body, port: socket.remotePort, tokens: 0, ended: 'running' };
      calls.push(call);
      response.on('close', () => {
        if (response.writableFinished && !wasDropped(response)) call.ended = 'finished';
        else call.ended = wasDropped(response) ? 'dropped' : 'left';
      });
      await answer(call, scriptOf(body, options), response, gate);
    }
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    calls,
    get running() {
      return calls.filter(({ ended }) => ended === 'running').length;
    },
    release: gate.release,
    async until(check) {
      for (const end = performance.now() + UNTIL_MS; !check(); await sleep(POLL_MS)) {
        if (performance.now() > end) throw new Error(`not within ${UNTIL_MS} ms: ${check}`);
      }
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

const FLAGS = ['held', 'endless', 'halfCharacter', 'halfSurrogates', 'html'];
const STRINGS = ['say', 'tool', 'reason', 'retryAfter'];
const NUMBERS = [
  'firstTokenMs',
  'tokensPerSecond',
  'heldAfterTokens',
  'dieAfterTokens',
  'stallAfterTokens',
  'stopAfterTokens',
  'splitBytes',
  'status',
  'errorAfterTokens',
  'nonsenseAfterTokens',
];
const MARKER = /\[\[(\w+)(?:=((?:(?!\]\]).)*))?\]\]/gs;

/** Throws on a marker that does not exist. */
function scriptOf({ messages }: ChatCall['body'], { script, reply }: FakeModelOptions): ModelScript {
  const last = messages.findLast(({ role }) => role === 'user')?.content;
  const text = typeof last === 'string' ? last : '';
  const asked: Record<string, unknown> = {};
  for (const [, name = '', value = ''] of text.matchAll(MARKER)) {
    if (NUMBERS.includes(name)) asked[name] = Number(value);
    else if (FLAGS.includes(name)) asked[name] = true;
    else if (STRINGS.includes(name)) asked[name] = value;
    else throw new Error(`The fake model knows no marker ${name}.`);
  }
  const told = text.replace(MARKER, ' ').replace(/\s+/g, ' ').trim();
  return { say: reply?.(messages) ?? `You said: ${told}`, ...script, ...asked };
}

function refuse(response: ServerResponse, status: number, headers: object = {}): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  replyJson(response, status, { error: { message: modelTrouble, code: status } });
}

async function answer(
  call: ChatCall,
  script: ModelScript,
  response: ServerResponse,
  gate: Gate,
): Promise<void> {
  const { status, retryAfter, html } = script;
  await sleep(script.firstTokenMs ?? 0);
  if (script.held) await gate.hold();
  if (script.stallAfterTokens === 0) return;
  if (script.dieAfterTokens === 0) drop(response);
  else if (status !== undefined) refuse(response, status, retryAfter ? { 'retry-after': retryAfter } : {});
  else if (html)
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><h1>Sign in</h1></html>');
  else await stream(call, script, response, gate);
}

async function stream(
  call: ChatCall,
  script: ModelScript,
  response: ServerResponse,
  gate: Gate,
): Promise<void> {
  const send = async (bytes: Buffer): Promise<void> => {
    const step = script.splitBytes ?? bytes.length;
    for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
      if (at > 0) await sleep(1);
      response.write(bytes.subarray(at, at + step));
    }
  };
  const data = (value: unknown): Buffer => Buffer.from(`data: ${JSON.stringify(value)}\n\n`);
  const choice = (delta: object, finish_reason: string | null = null): object => ({
    id: 'gen-1',
    object: 'chat.completion.chunk',
    created: 1_764_000_000,
    model: call.body.model,
    choices: [{ index: 0, delta, finish_reason }],
  });
  response.socket?.setNoDelay(true);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  await send(Buffer.from(': OPENROUTER PROCESSING\n\n'));
  await send(data(choice({ role: 'assistant', content: '' })));
  const { tokensPerSecond = script.endless ? MOST_A_SECOND : undefined } = script;
  const gapMs = tokensPerSecond === undefined ? 0 : 1000 / tokensPerSecond;
  const began = performance.now();
  for (const token of tokensOf(script)) {
    if (response.destroyed) return;
    if (script.heldAfterTokens === call.tokens) await gate.hold();
    if (script.stallAfterTokens === call.tokens) return;
    if (script.stopAfterTokens === call.tokens) return void response.end();
    if (script.dieAfterTokens === call.tokens) return breakOff(response);
    if (script.nonsenseAfterTokens === call.tokens) await send(Buffer.from('data: <<<not json>>>\n\n'));
    if (script.errorAfterTokens === call.tokens) {
      await send(data({ error: { code: 502, message: modelTrouble }, choices: [] }));
      return void response.end();
    }
    const due = began + call.tokens * gapMs;
    if (gapMs > 0) await sleep(Math.max(0, due - performance.now()));
    await send(data(choice({ content: token })));
    call.tokens += 1;
  }
  if (script.halfCharacter) {
    const whole = data(choice({ content: 'café' }));
    response.write(whole.subarray(0, whole.indexOf('é') + 1));
    return breakOff(response);
  }
  for (const delta of toolDeltas(script.tool)) await send(data(choice(delta)));
  await send(data(choice({}, script.reason ?? (script.tool === undefined ? 'stop' : 'tool_calls'))));
  const { include_usage: wantsUsage } = { ...(call.body.stream_options as Record<string, unknown>) };
  const usage = { prompt_tokens: 12, completion_tokens: call.tokens, total_tokens: 12 + call.tokens };
  if (wantsUsage) await send(data({ ...choice({}), choices: [], usage }));
  response.end('data: [DONE]\n\n');
}

/** Of an answer without an end: it would fill this process. */
const MOST_A_SECOND = 1000;
/** Some runtimes forget what was not read yet when a connection breaks. */
const READ_MS = 100;

async function breakOff(response: ServerResponse): Promise<void> {
  await sleep(READ_MS);
  drop(response);
}

/** Words in pieces of at most six letters, with the space before them, as tokenizers cut. */
function* tokensOf({ say = '', endless, halfSurrogates }: ModelScript): Generator<string> {
  const tokens = halfSurrogates ? say.split('') : (say.match(/\s*\S{1,6}|\s+/gu) ?? []);
  yield* tokens;
  for (let n = 1; endless; n++) yield ` ${n % 10 === 0 ? 'ten.' : 'on'}`;
}

/** The arguments come in pieces, as they do from real servers: the name with the first. */
function toolDeltas(tool: string | undefined): object[] {
  if (tool === undefined) return [];
  const [name = '', args = ''] = [tool.slice(0, tool.indexOf(':')), tool.slice(tool.indexOf(':') + 1)];
  const first = { index: 0, id: 'call_1', type: 'function', function: { name, arguments: '' } };
  const parts = args.match(/.{1,5}/gsu) ?? [];
  return [first, ...parts.map((part) => ({ index: 0, function: { arguments: part } }))].map((call) => ({
    tool_calls: [call],
  }));
}
