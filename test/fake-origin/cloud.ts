/**
 * The Fish Audio cloud without the model: keys, credit, the `model` header, prosody, a limit of requests at once, and audio
 * that really streams, as docs/fish-speech.md says. Markers in a text work as they do for the other fake.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeBody, readBody } from './bodies.ts';
import { type CloudTtsRequest, parseCloudTts } from './cloud-request.ts';
import { type Misbehaviour, readMarkers } from './misbehave.ts';
import { drop, OriginError, replyJson } from './replies.ts';
import { tone } from './tone.ts';

export interface FakeCloudOptions {
  key: string;
  /** Requests at once; above that 429. */
  concurrency?: number;
  /** False: 402. */
  credit?: boolean;
  /** Ids of voice models; all others are 404. */
  models?: readonly string[];
  misbehave?: Misbehaviour;
}

interface CloudCall {
  readonly path: string;
  readonly model: string | undefined;
  readonly contentType: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The client left before the end. */
  left: boolean;
}

export interface FakeCloud {
  readonly url: string;
  readonly calls: readonly CloudCall[];
  readonly running: number;
  until(check: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const SECONDS_PER_WORD = 0.3;
const PIECE_BYTES = 8192;
const POLL_MS = 5;
const UNTIL_MS = 15_000;

export async function startFakeCloud(options: FakeCloudOptions): Promise<FakeCloud> {
  const calls: CloudCall[] = [];
  let running = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://cloud').pathname;
    try {
      checkKey(options.key, request.headers.authorization);
      if (path === '/wallet/self/api-credit') {
        replyJson(response, 200, { _id: 'w', user_id: 'u', credit: options.credit === false ? '0' : '9.5' });
        return;
      }
      if (path !== '/v1/tts' || request.method !== 'POST') throw new OriginError(404, 'Not Found');
      const contentType = request.headers['content-type'] ?? '';
      if (contentType.startsWith('multipart/')) throw new OriginError(415, 'Unsupported Media Type');
      const body = (await decodeBody(await readBody(request), contentType)) as CloudCall['body'];
      const model = request.headers.model;
      const call: CloudCall = { path, model: model?.toString(), contentType, body, left: false };
      calls.push(call);
      if (options.credit === false) throw new OriginError(402, 'Insufficient Balance');
      if (running >= (options.concurrency ?? 5))
        throw new OriginError(429, 'Too Many Requests', { 'retry-after': '2' });
      const asked = parseCloudTts(body);
      if (asked.reference_id !== null && options.models?.includes(asked.reference_id) === false)
        throw new OriginError(404, 'Model not found');
      running++;
      response.on('close', () => {
        running--;
        call.left = !response.writableFinished;
      });
      await speak(asked, options.misbehave ?? {}, response);
    } catch (error) {
      refuse(response, error);
    }
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
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

function checkKey(key: string, authorization: string | undefined): void {
  if (!authorization?.startsWith('Bearer '))
    throw new OriginError(401, null, { 'www-authenticate': 'Bearer' });
  if (authorization !== `Bearer ${key}`) throw new OriginError(401, 'Invalid Token');
}

/** The documented shape, or the plain text that a missing key gets. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    drop(response);
    return;
  }
  const known = error instanceof OriginError ? error : new OriginError(500, 'Internal Server Error');
  const { status, content } = known;
  for (const [name, value] of Object.entries(known.headers)) response.setHeader(name, value);
  if (content !== null) replyJson(response, status, { message: content, status });
  else
    response
      .writeHead(status, { 'content-type': 'text/plain' })
      .end('No permission -- see authorization schemes');
}

async function speak(asked: CloudTtsRequest, base: Misbehaviour, response: ServerResponse): Promise<void> {
  const { spoken, misbehave } = readMarkers(asked.text, base);
  const retry: Record<string, string> = misbehave.retryAfter ? { 'retry-after': misbehave.retryAfter } : {};
  if (misbehave.status !== undefined) throw new OriginError(misbehave.status, 'upstream trouble', retry);
  if (misbehave.silent) return;
  await sleep(misbehave.firstByteMs ?? 0);
  const words = spoken.split(/\s+/).filter((word) => word !== '').length;
  const pcm = louder(tone((words * SECONDS_PER_WORD) / asked.speed), asked.volume);
  const audio = asked.format === 'wav' ? Buffer.concat([placeholderHeader(asked.sample_rate), pcm]) : pcm;
  response.writeHead(200, { 'content-type': asked.format === 'wav' ? 'audio/wav' : 'audio/pcm' });
  const stop = misbehave.dieAfterBytes ?? audio.length;
  const step = misbehave.chunkBytes ?? PIECE_BYTES;
  for (let at = 0; at < stop && !response.destroyed; at += step) {
    if (at > 0) await sleep(misbehave.chunkMs ?? 0);
    response.write(audio.subarray(at, Math.min(at + step, stop)));
  }
  if (misbehave.dieAfterBytes === undefined) response.end();
  else response.write('', () => drop(response));
}

function louder(pcm: Uint8Array, decibels: number): Uint8Array {
  const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2);
  const gain = 10 ** (decibels / 20);
  const scaled = samples.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * gain))));
  return new Uint8Array(scaled.buffer);
}

/** The header of a stream whose length nobody knows yet, with the cloud's own placeholders. */
function placeholderHeader(rate: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(0xffff_ff24, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(0xffff_ff00, 40);
  return head;
}
