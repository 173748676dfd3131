import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialects } from '../../src/dialects/list.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { executablePath } from './chromium.ts';

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
const key = 'a-key-for-the-page';

if (!executablePath) console.warn('No Chromium is installed: the tests of browsers are skipped.');

describe.skipIf(!executablePath)('the page that shows the API (skipped without Chromium)', () => {
  let origin: FakeOrigin;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  const asked: string[] = [];
  const complaints: string[] = [];
  beforeAll(async () => {
    origin = await startFakeOrigin();
    server = await startServer('node', { env: { FISH_BACKEND: origin.url, FISH_API_KEY: key } });
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: flags });
    page = await browser.newPage();
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (line) => {
      if (['error', 'warning'].includes(line.type())) complaints.push(line.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}/docs`);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await origin?.close();
  });

  it('lists every dialect, asks nobody else for anything, and breaks none of its own rules', async () => {
    await page.waitForSelector('#operations-openai-createSpeech', { timeout: 60_000 });
    const titles = await page.locator('.opblock-tag').count();
    expect(titles).toBe(dialects.filter(({ describe: told }) => told).length);
    expect(asked.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('speaks: what is tried out there is asked of this server', async () => {
    await page.locator('#operations-openai-createSpeech .opblock-summary-control').click();
    await page.locator('.try-out__btn').click();
    const authorised = page.waitForResponse((response) => response.url().endsWith('/v1/audio/speech'));
    await page.locator('.execute').click();
    const refused = await authorised;
    expect(refused.status()).toBe(401); // no key yet
    await page.locator('.auth-wrapper .authorize').first().click();
    await page.getByLabel('auth-bearer-value').fill(key);
    await page.locator('.auth-container', { hasText: 'bearer' }).locator('.authorize').click();
    await page.locator('.btn-done').first().click();
    const spoken = page.waitForResponse((response) => response.url().endsWith('/v1/audio/speech'));
    await page.locator('.execute').click();
    expect((await spoken).status()).toBe(200);
    await page.waitForSelector('.responses-table.live-responses-table audio', { timeout: 30_000 });
    expect(complaints.filter((line) => /Content Security Policy|Refused/.test(line))).toEqual([]);
  }, 60_000);
});
