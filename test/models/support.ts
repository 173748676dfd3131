import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { addVoice, type VoiceToAdd } from '../../src/cli/models/add.ts';
import type { PullOptions } from '../../src/cli/models/install.ts';
import type { Progress } from '../../src/cli/models/progress.ts';
import type { PackSource, Pin, VoicePack } from '../../src/engine/onnx/packs/pack.ts';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fish-edge-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function pinOf(bytes: Uint8Array): Pin {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Bytes that differ everywhere, so that a piece put in the wrong place shows. */
export function someBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
}

/** A pack of unprepared files, as a test wants it. */
export function packOf(
  contents: Readonly<Record<string, Uint8Array>>,
  sources: readonly PackSource[],
): VoicePack {
  return {
    id: 'test-pack',
    family: 'kokoro',
    language: 'en-US',
    rate: 24_000,
    license: { spdx: 'CC0-1.0', note: 'made in a test' },
    files: Object.entries(contents).map(([name, bytes]) => ({ role: name, name, ...pinOf(bytes) })),
    sources,
    voices: [],
    needsEspeak: [],
  };
}

export function urlSource(base: string, ...names: string[]): PackSource {
  return { kind: 'url', base: `${base}/`, paths: Object.fromEntries(names.map((name) => [name, name])) };
}

/** Keeps the lines that a user would see, and tells what has been written. */
export interface Recorder extends Progress {
  readonly lines: string[];
  /** Resolves when so many bytes of the pack lie on disk, counted from now on. */
  written(bytes: number): Promise<void>;
}

export function recorder(): Recorder {
  const lines: string[] = [];
  const waiting = new Set<{ readonly bytes: number; readonly resolve: () => void }>();
  return {
    lines,
    say: (line) => void lines.push(line),
    begin: () => undefined,
    moved(done) {
      for (const each of waiting) {
        if (done < each.bytes) continue;
        waiting.delete(each);
        each.resolve();
      }
    },
    end: () => undefined,
    written: (bytes) => new Promise((resolve) => waiting.add({ bytes, resolve })),
  };
}

/** No Python, no npm settings of this machine. */
export const bareEnv: Readonly<Record<string, string>> = { PATH: '', HOME: '/nonexistent' };

export function pullOptions(dataDir: string, more: Partial<PullOptions> = {}): PullOptions {
  return {
    dataDir,
    progress: recorder(),
    env: bareEnv,
    deadlines: { connect: 30_000, idle: 30_000, pip: 50_000 },
    ...more,
  };
}

export interface TestServer {
  readonly url: string;
  /** Every request so far: its path, and its Range header if it had one. */
  readonly requests: string[];
}

/** A real HTTP server on loopback until the test ends; `nth` counts the requests, from 1. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, nth: number) => void,
): Promise<TestServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push([request.url, request.headers.range].filter(Boolean).join(' '));
    answer(request, response, requests.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Serves `bytes` with an ETag and ranges, as RFC 9110 says. */
export function sendRange(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  etag = '"v1"',
): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start === 0 || request.headers['if-range'] !== etag) {
    response.writeHead(200, { etag, 'content-length': bytes.length }).end(bytes);
    return;
  }
  const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  response.writeHead(206, { etag, 'content-range': range }).end(bytes.subarray(start));
}

/**
 * Promises the whole file, sends the first `length` bytes, and hangs up once `progress` says that they lie on disk: what a client
 * has received but not read is lost with its connection.
 */
export function breakOff(
  response: ServerResponse,
  bytes: Uint8Array,
  length: number,
  progress: Recorder,
  etag = '"v1"',
): void {
  void progress.written(length).then(() => response.destroy());
  response.writeHead(200, { etag, 'content-length': bytes.length });
  response.write(bytes.subarray(0, length));
}

export const add = (dataDir: string, asked: VoiceToAdd) =>
  addVoice(asked, { ...pullOptions(dataDir), signal: new AbortController().signal });

/** What lies in a data folder, apart from empty ones. */
export const filesIn = (dataDir: string): string[] =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
