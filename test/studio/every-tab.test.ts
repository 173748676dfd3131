import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executablePath } from '../browser/chromium.ts';
import { type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { startingMs } from '../conformance/suites/context.ts';
import { type FakeModel, startFakeModel } from '../fake-model.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { recordingAudio } from '../reference-audio.ts';
import { launch, loudness, openStudio, speak } from './browser.ts';

/** What each tab is for, in short: on Node the other files here try all of it. */
describe.skipIf(!executablePath).each<Runtime>(['bun', 'deno', 'workers'])(
  'every tab on %s (skipped without Chromium)',
  { timeout: startingMs },
  (runtime) => {
    let origin: FakeOrigin;
    let model: FakeModel;
    let server: RunningServer;
    let browser: Browser;
    let page: Page;
    beforeAll(async () => {
      [origin, model, browser] = await Promise.all([startFakeOrigin(), startFakeModel(), launch()]);
      const env = { FISH_BACKEND: origin.url, FISH_FALLBACK: 'false', LLM_BASE_URL: model.url };
      server = await startServer(runtime, { env });
      ({ page } = await openStudio(browser, server.url, { locale: 'vi-VN' }));
    }, startingMs);
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      await Promise.all([origin?.close(), model?.close()]);
    });
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const goTo = (tab: string): Promise<void> => page.getByRole('link', { name: tab }).click();

    it('begins in the language of its reader, and in another one when that is chosen', async () => {
      expect(await page.title()).toBe('Text To Speech in Vietnamese');
      await button('English').click();
      await expect.poll(() => page.getByRole('link', { name: 'Voices' }).count()).toBe(1);
    });

    it('speaks', async () => {
      await speak(page, 'Heard on every runtime.');
      await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
      await expect.poll(() => page.locator('.figures').textContent()).toMatch(/Real-time factor\d/);
    });

    it('makes a voice of a file, and deletes it', async () => {
      await goTo('Voices');
      await page
        .locator('.make input[type=file]')
        .setInputFiles({ name: 'a.wav', mimeType: 'audio/wav', buffer: Buffer.from(recordingAudio()) });
      await expect.poll(() => page.locator('.make').textContent()).toContain('Length and level are good.');
      await page.getByLabel('What is said in it').fill('One long tone.');
      await page.getByLabel('Name of the voice').fill('My tone');
      await page.getByLabel('Whose voice is it?').fill('A machine');
      await page.getByLabel('This person agreed').check();
      await button('Make the voice').click();
      await expect.poll(() => page.locator('.make').textContent()).toContain('“My tone” can speak now.');
      await button('Delete').click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await expect.poll(() => button('Delete').count()).toBe(0);
    });

    it('talks', async () => {
      await goTo('Talk');
      await expect.poll(() => page.locator('.lost').count()).toBe(0);
      await expect.poll(() => loudness(page)).toBe(0); // what was heard before is over
      await page.getByLabel('Message').fill('[[say=The sea is calm today.]] How is the sea?');
      await button('Send').click();
      await expect.poll(() => page.getByRole('log').textContent()).toContain('The sea is calm today.');
      await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
    });

    it('shows how the server is', async () => {
      await goTo('Server');
      await expect.poll(() => page.locator('main').textContent()).toMatch(/All is well.*Origins/s);
    });
  },
);
