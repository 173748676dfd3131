import { execFile } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executablePath } from '../browser/chromium.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { type FakeTranscriber, startFakeTranscriber } from '../fake-transcriber.ts';
import { binaries, findNode, type Installed, installPackage } from './installed.ts';

const apiKey = 'key-of-the-client';
const pageFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
];

/** A server that is busy as the text says, and counts who asked how often. */
interface BusyServer {
  readonly url: string;
  readonly asked: ReadonlyMap<string, number>;
  close(): void;
}

async function startBusyServer(): Promise<BusyServer> {
  const asked = new Map<string, number>();
  const server: Server = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', '*');
    response.setHeader('access-control-expose-headers', '*');
    if (request.method === 'OPTIONS') return void response.end();
    let body = '';
    for await (const part of request) body += part;
    const { input } = JSON.parse(body) as { input: string };
    const times = (asked.get(input) ?? 0) + 1;
    asked.set(input, times);
    if (input === 'twice busy' && times % 3 === 0) return void response.end('audio');
    if (input === 'never again') response.setHeader('x-should-retry', 'false');
    response.setHeader('retry-after', input === 'much later' ? '30' : '1');
    if (input !== 'much later') response.setHeader('retry-after-ms', '10');
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end('{"error":{"message":"Come back.","code":"queue_full"}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => void server.close(),
  };
}

const ws = pathToFileURL(join(binaries, '../ws/wrapper.mjs')).href;
const busyError = { name: 'FishEdgeError', status: 503, code: 'queue_full', isOurs: true };
const wanted = {
  speech: {
    type: 'audio/wav',
    rate: expect.any(Number),
    engine: 'fish',
    riff: 'RIFF',
    size: expect.any(Number),
  },
  captions: 'The first sentence is heard The second one follows it',
  subtitles: 'WEBVTT',
  streamed: expect.any(Number),
  aborted: { heard: true, broken: 'AbortError' },
  retried: 5,
  gaveUp: busyError,
  notRetried: busyError,
  later: busyError,
  unknownVoice: { name: 'FishEdgeError', status: 404, code: 'voice_not_found', isOurs: true },
  wrongKey: { name: 'FishEdgeError', status: 401, code: 'invalid_api_key', isOurs: true },
  transcript: expect.objectContaining({ text: expect.any(String) }),
  voices: { category: 'cloned', renamed: true, listed: true, gone: true },
  live: expect.any(Number),
  liveWrongKey: { name: 'FishEdgeError', status: 1008, isOurs: true },
  health: 'healthy',
};

describe('the client library, installed from the tarball', () => {
  let installed: Installed;
  let origin: FakeOrigin;
  let transcriber: FakeTranscriber;
  let server: RunningServer;
  let busy: BusyServer;
  let input: string;
  beforeAll(async () => {
    installed = await installPackage();
    [origin, transcriber, busy] = await Promise.all([
      startFakeOrigin(),
      startFakeTranscriber(),
      startBusyServer(),
    ]);
    server = await startServer('node', {
      env: {
        FISH_BACKEND: origin.url,
        FISH_API_KEY: apiKey,
        FISH_TRANSCRIPTION_URL: transcriber.url,
        FISH_FALLBACK: 'false',
        FISH_RATE_LIMIT: '0',
      },
    });
    input = JSON.stringify({ server: server.url, busy: busy.url, apiKey });
    await copyFile(join(import.meta.dirname, 'client-program.mjs'), join(installed.folder, 'program.mjs'));
    await writeFile(
      join(installed.folder, 'run.mjs'),
      `import { useClient } from './program.mjs';
const WebSocket = globalThis.WebSocket ?? (await import(process.argv[3])).WebSocket;
console.log(JSON.stringify(await useClient(JSON.parse(process.argv[2]), WebSocket)));`,
    );
  });
  afterAll(async () => {
    await server?.stop();
    busy?.close();
    await Promise.all([origin?.close(), transcriber?.close()]);
  });

  const check = async (name: string, result: unknown): Promise<void> => {
    expect(result, name).toEqual(wanted);
    const { speech, streamed, live } = result as { speech: { size: number }; streamed: number; live: number };
    for (const size of [speech.size, streamed, live]) expect(size).toBeGreaterThan(1000);
    await origin.until(() => origin.queued === 0); // what was aborted is spoken no more
    const times = Object.fromEntries(busy.asked);
    expect(times).toEqual({ 'twice busy': 3, 'always busy': 3, 'never again': 1, 'much later': 1 });
    (busy.asked as Map<string, number>).clear();
  };

  it.each([
    ['Node 20, with the WebSocket of ws', async () => [await findNode(20)]],
    ['Node 22', async () => [await findNode(22)]],
    ['Node 24', async () => [await findNode(24)]],
    ['Bun', async () => [join(binaries, 'bun')]],
    ['Deno', async () => [join(binaries, 'deno'), 'run', '-A', '--node-modules-dir=manual']],
  ])('works on %s', async (name, commandOf) => {
    const [program = '', ...args] = await commandOf();
    const options = { cwd: installed.folder };
    const { stdout } = await promisify(execFile)(program, [...args, 'run.mjs', input, ws], options);
    await check(name, JSON.parse(stdout));
  });

  it('works on workerd', async () => {
    const worker = await bundle(`import { useClient } from './program.mjs';
export default { fetch: async (request) => Response.json(await useClient(await request.json())) };`);
    const flare = new Miniflare(
      convertV4MiniflareOptions({
        modules: true,
        script: worker,
        compatibilityDate: '2026-11-01',
        compatibilityFlags: ['enable_request_signal'],
      }),
    );
    try {
      const response = await flare.dispatchFetch('http://worker/', { method: 'POST', body: input });
      const text = await response.text();
      expect(response.status, text).toBe(200);
      await check('workerd', JSON.parse(text));
    } finally {
      await flare.dispose();
    }
  });

  it.skipIf(!executablePath)('works in a web page (skipped without Chromium)', async () => {
    const script = await bundle(
      `import { useClient } from './program.mjs'; globalThis.useClient = useClient;`,
    );
    const pages = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<!doctype html><script type=module src=/page.js></script>');
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    let browser: Browser | undefined;
    try {
      const timeout = 100_000;
      browser = await chromium.launch({ executablePath: executablePath ?? '', args: pageFlags, timeout });
      const page = await browser.newPage();
      page.setDefaultTimeout(timeout);
      await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}`);
      await page.waitForFunction('globalThis.useClient !== undefined');
      await check('Chromium', await page.evaluate(`globalThis.useClient(${input})`));
    } finally {
      await browser?.close();
      pages.close();
    }
  });

  async function bundle(contents: string): Promise<string> {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: installed.folder },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
    });
    return outputFiles[0]?.text ?? '';
  }
});
