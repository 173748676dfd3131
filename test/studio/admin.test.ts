import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, packFolder, readRecord } from '../../src/adapters/local/packs.ts';
import { executablePath } from '../browser/chromium.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { type EndlessRegistry, startEndlessRegistry } from '../endless-registry.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { launch, openStudio } from './browser.ts';

describe.skipIf(!executablePath)('looking after the server in the page (skipped without Chromium)', () => {
  let folder: string;
  let origin: FakeOrigin;
  let registry: EndlessRegistry;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  const keysFile = (): string => join(folder, 'keys.json');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fish-edge-studio-admin-'));
    [origin, registry] = await Promise.all([startFakeOrigin(), startEndlessRegistry()]);
    const env = {
      FISH_BACKEND: origin.url,
      FISH_FALLBACK: 'false',
      FISH_DATA_DIR: folder,
      FISH_KEYS_FILE: keysFile(),
      HOME: folder,
      npm_config_registry: registry.url,
    };
    [server, browser] = await Promise.all([startServer('node', { env }), launch()]);
  });
  afterEach(() => page?.context().close());
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await Promise.all([origin?.close(), registry?.close()]);
    await rm(folder, { recursive: true, force: true });
  });
  const open = async (tab: string): Promise<void> => {
    ({ page } = await openStudio(browser, `${server.url}/#/${tab}`));
  };
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const text = (): Promise<string | null> => page.locator('main').textContent();

  it('shows slots, breaker and queue of the upstreams', async () => {
    await open('server');
    await expect.poll(text).toMatch(/Speaking: 0 · waiting: 0/);
    expect(await page.locator('.upstreams').textContent()).toMatch(
      new RegExp(`${origin.url}.*fish.*0 of 1 slots.*ms`, 's'),
    );
  });

  it('fetches a model with progress, stops, and takes over what is there', async (test) => {
    await open('server');
    await button('Install: silero-vad').click();
    await expect.poll(() => registry.open).toBe(1);
    await expect.poll(text).toContain('0.0 of 5.5 MB');
    expect(await page.getByRole('progressbar', { name: 'Install: silero-vad' }).count()).toBe(1);
    await page.getByRole('link', { name: 'Speak' }).click(); // it goes on
    await page.getByRole('link', { name: 'Server' }).click();
    await button('Cancel').click();
    await expect.poll(() => registry.open).toBe(0);
    await button('Install: silero-vad').waitFor();
    if (!(await readRecord(dataFolder(), 'silero-vad')))
      return test.skip('silero-vad is not on this machine');
    const file = 'silero-vad.onnx';
    await mkdir(packFolder(folder, 'silero-vad'), { recursive: true });
    await copyFile(
      join(packFolder(dataFolder(), 'silero-vad'), file),
      join(packFolder(folder, 'silero-vad'), file),
    );
    await button('Install: silero-vad').click();
    await button('Delete: silero-vad').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await button('Install: silero-vad').waitFor();
  });

  it('makes the first key and goes on with it, then others with limits, and withdraws them', async () => {
    await open('server');
    await expect.poll(text).toContain('everybody who reaches this server may use it');
    await button('New key').click();
    await page.getByLabel('Who is it for?').fill('me');
    await button('Make the key').click();
    const root = (await page.locator('dialog code').textContent()) ?? '';
    expect(root).toMatch(/^fe_[\w-]{43}$/);
    await button('I have it').click();
    await expect.poll(() => page.locator('.keys').textContent()).toMatch(/me admin/);
    expect(await page.content()).not.toContain(root);
    expect(await readFile(keysFile(), 'utf8')).not.toContain(root);
    expect((await fetch(`${server.url}/v1/usage`)).status).toBe(401);

    await button('New key').click();
    await page.getByLabel('Who is it for?').fill('me');
    await button('Make the key').click();
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain('There is a key me already.');
    await page.getByLabel('Who is it for?').fill('ada');
    await page.getByLabel('Requests a minute').fill('60');
    await button('Make the key').click();
    const ada = (await page.locator('dialog code').textContent()) ?? '';
    await button('I have it').click();
    const asAda = async (): Promise<number> =>
      (await fetch(`${server.url}/v1/usage`, { headers: { authorization: `Bearer ${ada}` } })).status;
    expect(await asAda()).toBe(200);
    await button('Change: ada').click();
    await page.getByLabel('Requests a minute').fill('7');
    await button('Save').click();
    await expect.poll(() => page.locator('.keys').textContent()).toContain('7 requests a minute');
    await button('Withdraw: ada').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
    await expect.poll(() => page.locator('.keys').textContent()).not.toContain('ada');
    expect(await asAda()).toBe(401);
  });
});
