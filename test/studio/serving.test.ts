import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executablePath } from '../browser/chromium.ts';
import { type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { endless, startingMs } from '../conformance/suites/context.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { launch, loudness, openStudio, speak } from './browser.ts';

const asBrowser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

describe.each<Runtime>(['node', 'bun', 'deno', 'workers'])('the web page on %s', (runtime) => {
  let origin: FakeOrigin;
  let server: RunningServer;
  let browser: Browser | undefined;
  beforeAll(async () => {
    origin = await startFakeOrigin();
    const env = { FISH_BACKEND: origin.url, FISH_FALLBACK: 'false', FISH_API_KEY: 'key-of-studio' };
    server = await startServer(runtime, { env });
    browser = executablePath ? await launch() : undefined;
  }, startingMs);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await origin?.close();
  });
  const page = (headers: Record<string, string> = asBrowser, path = '/'): Promise<Response> =>
    fetch(server.url + path, { headers });

  it('answers browsers, without a key, and shuts everything else out', async () => {
    const response = await page();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('vary')).toContain('Accept');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(await response.text()).toMatch(/<script type="module"[^>]* src="\.\/studio\//);
  });

  it('leaves programs what they always got', async () => {
    const wants = [undefined, '*/*', 'application/json', 'application/json, text/plain, */*', 'text/plain'];
    for (const accept of wants) {
      const response = await page(accept === undefined ? {} : { accept });
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(await response.json()).toMatchObject({ name: 'fish-edge', status: 'ok' });
    }
    expect(
      (await page({ accept: 'application/json;q=0.5, text/html;q=0.4' })).headers.get('content-type'),
    ).toContain('json');
  });

  it('gives its files for good, compressed or not, and nothing that is none of them', async () => {
    const html = await (await page()).text();
    const [, script = ''] = /src="\.(\/studio\/[^"]+\.js)"/.exec(html) ?? [];
    for (const encoding of ['gzip', 'identity', 'gzip;q=0']) {
      const response = await page({ 'accept-encoding': encoding }, script);
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(await response.text()).toContain('v1/audio/speech');
    }
    for (const path of [
      '/studio/none.js',
      '/studio/..%2Fstudio.bin',
      '/studio/index.html',
      '/studio/.%2e/a.js',
    ]) {
      const response = await page({ ...asBrowser, authorization: 'Bearer key-of-studio' }, path);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.text()).not.toContain('<script');
    }
  });

  it.skipIf(!executablePath)(
    'asks for the key, speaks, and stops the server (skipped without Chromium)',
    async () => {
      const { page: tab, complaints, elsewhere } = await openStudio(browser as Browser, server.url);
      await tab.getByLabel('Key', { exact: true }).fill('key-of-studio');
      await tab.getByRole('button', { name: 'Use this key' }).click();
      await speak(tab, `${endless} A long story.`);
      await expect.poll(() => loudness(tab)).toBeGreaterThan(0.01);
      await tab.getByRole('button', { name: 'Stop', exact: true }).click();
      await origin.until(() => origin.spoken.at(-1)?.leftAt !== undefined);
      await expect.poll(() => loudness(tab)).toBe(0);
      expect(complaints).toEqual([]);
      expect(elsewhere).toEqual([]);
      await tab.context().close();
    },
  );
});

describe('a server that is told to have no page', () => {
  it.each([
    ['--no-ui', { args: ['--no-ui'] }],
    ['FISH_UI=off', { env: { FISH_UI: 'off' } }],
  ])('has none with %s', async (_, how) => {
    const env = { FISH_BACKEND: 'http://127.0.0.1:9', ...('env' in how ? how.env : {}) };
    const server = await startServer('node', { ...how, env });
    try {
      const response = await fetch(server.url, { headers: asBrowser });
      expect(await response.json()).toMatchObject({ name: 'fish-edge' });
    } finally {
      await server.stop();
    }
  });
});
