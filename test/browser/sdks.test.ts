import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../src/services/keys.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { executablePath } from './chromium.ts';

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
const created = '2026-11-20T10:00:00Z';

/** What runs in the page: the official clients as they are published, towards `server`. */
const script = `
  import OpenAI from 'openai';
  import { FishAudioClient } from 'fish-audio';
  const named = (headers, names) => Object.fromEntries(names.map((name) => [name, headers.get(name)]));
  const told = ['x-request-id', 'x-engine', 'x-audio-sample-rate', 'server-timing', 'x-ratelimit-limit', 'ratelimit'];
  globalThis.openai = async (server, apiKey) => {
    const client = new OpenAI({ baseURL: server + '/v1', apiKey, dangerouslyAllowBrowser: true, maxRetries: 0 });
    try {
      const response = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hello, page.' });
      const bytes = (await response.arrayBuffer()).byteLength;
      return { bytes, headers: named(response.headers, told), models: (await client.models.list()).data.length };
    } catch (error) {
      return { name: error.constructor.name, status: error.status, headers: error.headers && named(error.headers, ['retry-after', 'retry-after-ms']) };
    }
  };
  globalThis.fish = async (server, apiKey) => {
    const client = new FishAudioClient({ baseUrl: server, apiKey });
    try {
      const body = await client.textToSpeech.convert({ text: 'Hello, page.', format: 'wav' }, 's1', { maxRetries: 0 });
      return { bytes: (await new Response(body).arrayBuffer()).byteLength };
    } catch (error) {
      return { name: error.constructor.name, status: error.statusCode };
    }
  };
`;

/** A page has no modules of Node; what the clients load of them they load on a server only. */
const withoutNode = {
  name: 'without Node',
  setup(builder: Parameters<NonNullable<Parameters<typeof build>[0]['plugins']>[number]['setup']>[0]): void {
    const names = /^(?:node:.*|fs|path|os|stream|child_process|command-exists|node-fetch|ws)$/;
    builder.onResolve({ filter: names }, ({ path }) => ({ path, namespace: 'empty' }));
    builder.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({
      contents: 'module.exports = {}',
      loader: 'js',
    }));
  },
};

if (!executablePath) console.warn('No Chromium is installed: the tests of browsers are skipped.');

describe.skipIf(!executablePath)(
  'official clients in a page of another origin (skipped without Chromium)',
  () => {
    let origin: FakeOrigin;
    let open: RunningServer;
    let closed: RunningServer;
    let pages: Server;
    let address: string;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      const bundle = await build({
        stdin: { contents: script, resolveDir: import.meta.dirname },
        bundle: true,
        write: false,
        format: 'esm',
        platform: 'browser',
        define: { 'process.env.FISH_API_KEY': 'undefined' },
        plugins: [withoutNode],
      });
      pages = createServer((request, response) => {
        const isScript = request.url === '/clients.js';
        response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
        response.end(
          isScript
            ? bundle.outputFiles[0]?.text
            : '<!doctype html><script type=module src=/clients.js></script>',
        );
      });
      await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
      address = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
      origin = await startFakeOrigin();
      const keys = [{ name: 'page', sha256: await hashKey('key-of-page'), created, rate: 6 }];
      const env = { FISH_BACKEND: origin.url, FISH_KEYS: JSON.stringify({ keys }), FISH_FALLBACK: 'false' };
      open = await startServer('node', { env: { ...env, FISH_CORS_ORIGINS: address } });
      closed = await startServer('node', { env: { ...env, FISH_CORS_ORIGINS: 'https://other.example' } });
      browser = await chromium.launch({
        executablePath: executablePath ?? '',
        args: flags,
        timeout: 100_000,
      });
      page = await browser.newPage();
      page.setDefaultTimeout(100_000);
      await page.goto(address);
      await page.waitForFunction('globalThis.fish !== undefined');
    });
    afterAll(async () => {
      await browser?.close();
      pages?.close();
      await Promise.all([open?.stop(), closed?.stop()]);
      await origin?.close();
    });
    const run = (name: 'openai' | 'fish', server: RunningServer): Promise<Record<string, unknown>> =>
      page.evaluate(`globalThis.${name}(${JSON.stringify(server.url)}, 'key-of-page')`);

    it('speak, and read what the answers say', async () => {
      const spoken = await run('openai', open);
      expect(spoken).toEqual({
        bytes: expect.any(Number),
        models: expect.any(Number),
        headers: {
          'x-request-id': expect.any(String),
          'x-engine': 'fish',
          'x-audio-sample-rate': expect.stringMatching(/^\d+$/),
          'server-timing': expect.any(String),
          'x-ratelimit-limit': '6',
          ratelimit: expect.stringMatching(/^"default";r=\d/),
        },
      });
      expect(spoken.bytes).toBeGreaterThan(1000);
      const fish = await run('fish', open);
      expect(fish).toEqual({ bytes: expect.any(Number) });
      expect(fish.bytes).toBeGreaterThan(1000);
    });

    it('are told when to come back', async () => {
      for (let i = 0; i < 6; i++) await run('fish', open);
      const refused = await run('openai', open);
      expect(refused).toMatchObject({ name: 'RateLimitError', status: 429 });
      const { 'retry-after': seconds, 'retry-after-ms': ms } = refused.headers as Record<string, string>;
      expect([Number(seconds), Number(ms)]).toEqual([expect.any(Number), expect.any(Number)]);
      expect(Number(ms)).toBeLessThanOrEqual(60_000);
    });

    it('get nothing from a server that lets other pages in', async () => {
      const before = origin.spoken.length;
      expect(await run('openai', closed)).toMatchObject({ name: 'APIConnectionError' });
      expect(await run('fish', closed)).toMatchObject({ name: expect.stringMatching(/Error$/) });
      expect(origin.spoken.length).toBe(before);
    });
  },
);
