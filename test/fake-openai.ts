/**
 * A server with OpenAI's `POST /v1/audio/speech`, without a model: a tone of 24 kHz for a voice. It lists its voices in one of
 * the shapes that such servers have, and misbehaves on request: markers in a text work as they do for `fake-origin.ts`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBody } from './fake-origin/bodies.ts';
import { type Misbehaviour, readMarkers } from './fake-origin/misbehave.ts';
import { drop, replyJson } from './fake-origin/replies.ts';
import { tone, wavFile } from './fake-origin/tone.ts';

export interface FakeOpenaiOptions {
  /** Bearer key; none by default. */
  key?: string;
  /** What `GET /v1/audio/voices` answers; without it there is no such route, as at OpenAI. */
  voices?: unknown;
  /** Names that it speaks; all others are 400, as at Kokoro-FastAPI. All by default. */
  speaks?: readonly string[];
  /** For every request; markers in a text come on top. */
  misbehave?: Misbehaviour;
}

interface SpeechCall {
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
  /** The client left before the end. */
  left: boolean;
}

export interface FakeOpenai {
  readonly url: string;
  readonly calls: readonly SpeechCall[];
  /** Of all requests. */
  readonly paths: readonly string[];
  readonly running: number;
  until(check: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const SECONDS_PER_WORD = 0.1;
const PIECE_BYTES = 8192;
const POLL_MS = 5;
const UNTIL_MS = 15_000;
/** Bytes of a word. */
export const wordBytes: number = tone(SECONDS_PER_WORD).length;
/** What nobody but the log may see. */
export const trouble = 'CUDA out of memory at /opt/tts/model.py:42';

export async function startFakeOpenai(options: FakeOpenaiOptions = {}): Promise<FakeOpenai> {
  const calls: SpeechCall[] = [];
  const paths: string[] = [];
  let running = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://openai');
    paths.push(pathname);
    if (options.key && request.headers.authorization !== `Bearer ${options.key}`) {
      refuse(response, 401, `Incorrect API key provided: ${request.headers.authorization}`);
    } else if (pathname === '/v1/models')
      replyJson(response, 200, { object: 'list', data: [{ id: 'tts-1' }] });
    else if (pathname === '/v1/audio/voices' && options.voices !== undefined)
      replyJson(response, 200, options.voices);
    else if (pathname !== '/v1/audio/speech' || request.method !== 'POST') refuse(response, 404, 'Not Found');
    else {
      const body = JSON.parse((await readBody(request)).toString()) as SpeechCall['body'];
      const call: SpeechCall = { headers: request.headers, body, left: false };
      calls.push(call);
      running++;
      response.on('close', () => {
        running--;
        call.left = !response.writableFinished;
      });
      if (options.speaks?.includes(String(body.voice)) === false)
        refuse(response, 400, `Voice '${body.voice}' not found. Available voices: ${options.speaks}`);
      else await speak(body, options.misbehave ?? {}, response);
    }
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    paths,
    get running() {
      return running;
    },
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

/** FastAPI's shape for what the server itself says. */
function refuse(response: ServerResponse, status: number, message: string, headers: object = {}): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  replyJson(response, status, { detail: { error: 'server_error', message } });
}

async function speak(body: SpeechCall['body'], base: Misbehaviour, response: ServerResponse): Promise<void> {
  const { spoken, misbehave } = readMarkers(String(body.input), base);
  if (misbehave.silent) return;
  await sleep(misbehave.firstByteMs ?? 0);
  if (misbehave.dieBeforeHeaders) {
    drop(response);
    return;
  }
  if (misbehave.answer !== undefined) {
    const headers = { 'content-type': misbehave.contentType ?? 'application/json' };
    response.writeHead(misbehave.status ?? 200, headers).end(misbehave.answer);
    return;
  }
  if (misbehave.status !== undefined) {
    const headers = misbehave.retryAfter ? { 'retry-after': misbehave.retryAfter } : {};
    refuse(response, misbehave.status, trouble, headers);
    return;
  }
  const words = spoken.split(/\s+/).filter((word) => word !== '').length;
  const pcm =
    misbehave.bodyBytes === undefined ? tone(words * SECONDS_PER_WORD) : new Uint8Array(misbehave.bodyBytes);
  const isWav = body.response_format === 'wav';
  const audio = isWav ? wavFile(pcm, 'exact') : pcm;
  response.writeHead(200, { 'content-type': misbehave.contentType ?? (isWav ? 'audio/wav' : 'audio/pcm') });
  response.flushHeaders();
  const stop = misbehave.dieAfterBytes ?? misbehave.silentAfterBytes ?? audio.length;
  const step = misbehave.chunkBytes ?? PIECE_BYTES;
  for (let at = 0; at < stop && !response.destroyed; at += step) {
    if (at > 0) await sleep(misbehave.chunkMs ?? 0);
    response.write(audio.subarray(at, Math.min(at + step, stop)));
  }
  if (misbehave.silentAfterBytes !== undefined) return;
  if (misbehave.dieAfterBytes === undefined) response.end();
  else response.write('', () => drop(response));
}
