import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { executablePath } from '../browser/chromium.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { startingMs } from '../conformance/suites/context.ts';
import { type FakeModel, startFakeModel } from '../fake-model.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { lastingPort } from '../free-port.ts';
import { launch, loudness, openStudio } from './browser.ts';

describe.skipIf(!executablePath)(
  'the talk tab (skipped without Chromium)',
  { timeout: 2 * startingMs },
  () => {
    let origin: FakeOrigin;
    let model: FakeModel;
    let browser: Browser;
    let server: RunningServer;
    let page: Page;
    const start = (env: Record<string, string> = {}): Promise<RunningServer> =>
      startServer('node', {
        env: { FISH_BACKEND: origin.url, FISH_FALLBACK: 'false', LLM_BASE_URL: model.url, ...env },
      });
    beforeAll(async () => {
      [origin, model] = await Promise.all([startFakeOrigin(), startFakeModel()]);
      [server, browser] = await Promise.all([start({ FISH_API_KEY: 'key-of-talk' }), launch()]);
    });
    afterEach(() => page?.context().close());
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      await Promise.all([origin?.close(), model?.close()]);
    });
    const open = async (url: string): Promise<void> => {
      ({ page } = await openStudio(browser, `${url}/#/talk`));
    };
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const say = async (text: string): Promise<void> => {
      await page.getByLabel('Message').fill(text);
      await button('Send').click();
    };
    const log = (): Promise<string | null> => page.getByRole('log').textContent();

    it('asks for the key, streams an answer in text and sound, and is interrupted by typing', async () => {
      await open(server.url);
      await page.getByLabel('Key', { exact: true }).fill('key-of-talk');
      await button('Use this key').click();
      await expect.poll(() => page.locator('.lost').count()).toBe(0);
      await say(
        '[[say=The weather is fine and the sea is calm today.]] [[tokensPerSecond=40]] How is the weather?',
      );
      await expect.poll(log).toContain('The weather is fine and the sea is calm today.');
      await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
      await say('[[endless]] [[tokensPerSecond=40]] Tell me a long story.');
      await button('Interrupt').waitFor();
      await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
      await button('Interrupt').click();
      await expect.poll(() => loudness(page)).toBe(0);
      await expect.poll(() => button('Interrupt').count()).toBe(0);
      await button('Begin anew').click();
      await expect.poll(log).toBe('Say something, or write.');
    });

    it('goes on where it was after another tab, and keeps what was said through a reload', async () => {
      const without = await start();
      try {
        await open(without.url);
        await say('[[say=The first answer.]] The first question.');
        await expect.poll(log).toContain('The first answer.');
        await page.getByRole('link', { name: 'Voices' }).click();
        await page.getByRole('link', { name: 'Talk' }).click();
        expect(await log()).toContain('The first question.');
        await say('[[say=The second answer.]] And then?');
        await expect.poll(log).toContain('The second answer.');
        const { messages } = model.calls.at(-1)?.body ?? { messages: [] };
        expect(JSON.stringify(messages)).toContain('The first question.'); // of the answer, what was heard before they left
        await page.reload();
        await expect.poll(log).toContain('A new connection');
        expect(await log()).toMatch(/The first question.*The second answer.*A new connection/s);
      } finally {
        await without.stop();
      }
    });

    it('leaves room to write on a phone, whatever goes on', async () => {
      await open(server.url);
      await page.getByLabel('Key', { exact: true }).fill('key-of-talk');
      await button('Use this key').click();
      await expect.poll(() => page.locator('.lost').count()).toBe(0);
      await page.setViewportSize({ width: 360, height: 740 });
      await button('Talk').click();
      await button('Stop listening').waitFor();
      await say('[[endless]] [[tokensPerSecond=40]] Tell me a long story.');
      await button('Interrupt').waitFor();
      const field = await page.locator('.write').boundingBox();
      const send = await button('Send').boundingBox();
      const message = await page.getByLabel('Message').boundingBox();
      expect((send?.x ?? 0) + (send?.width ?? 0)).toBeLessThanOrEqual((field?.x ?? 0) + (field?.width ?? 0));
      expect(message?.width).toBeGreaterThan(80);
      await button('Interrupt').click();
    });

    it('comes back when the server was gone', async () => {
      const env = { FISH_LISTEN: `127.0.0.1:${await lastingPort()}` };
      const first = await start(env);
      await open(first.url);
      await say('[[say=I am here.]] Are you there?');
      await expect.poll(log).toContain('I am here.');
      await say('[[endless]] [[tokensPerSecond=40]] Tell me a long story.');
      await button('Interrupt').waitFor();
      await first.stop();
      await expect.poll(() => page.locator('.lost').textContent()).toContain('The connection is gone.');
      expect(await button('Interrupt').count()).toBe(0); // nobody answers any more
      await page.getByRole('link', { name: 'Voices' }).click();
      await button('Try again').waitFor();
      const second = await start(env);
      try {
        await button('Try again').click();
        await expect.poll(() => page.locator('.voices li').count()).toBeGreaterThan(0);
        await page.getByRole('link', { name: 'Talk' }).click();
        await expect.poll(() => page.locator('.lost').count(), { timeout: 40_000 }).toBe(0);
        await say('[[say=I am back.]] And now?');
        await expect.poll(log).toContain('I am back.');
        expect(await log()).toMatch(/I am here\..*A new connection.*I am back\./s);
      } finally {
        await second.stop();
      }
    });

    it('says that the microphone is denied, and goes on in writing', async () => {
      await open(server.url);
      await page.getByLabel('Key', { exact: true }).fill('key-of-talk');
      await button('Use this key').click();
      await expect.poll(() => page.locator('.lost').count()).toBe(0);
      await page.evaluate(`navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('', 'NotAllowedError'); // as browsers do when the user says no
    }`);
      await button('Talk').click();
      await expect
        .poll(() => page.getByRole('alert').allTextContents())
        .toContainEqual(expect.stringContaining('may not use the microphone'));
      await say('[[say=Then we write.]] No microphone.');
      await expect.poll(log).toContain('Then we write.');
    });

    it('says that nobody listens, and goes on in writing in the same conversation', async () => {
      const deaf = await start({ FISH_TRANSCRIPTION: 'off' });
      try {
        await open(deaf.url);
        await say('[[say=We have begun.]] Shall we?');
        await expect.poll(log).toContain('We have begun.');
        await button('Talk').click();
        await expect
          .poll(() => page.getByRole('alert').allTextContents())
          .toContain('This server listens to no microphone. Please write.');
        await button('Talk').waitFor(); // it is closed
        await say('[[say=Then we write.]] No ears.');
        await expect.poll(log).toContain('Then we write.');
        expect(await log()).not.toContain('A new connection');
      } finally {
        await deaf.stop();
      }
    });

    it('says that nobody can answer where no model is set up', async () => {
      const without = await startServer('node', {
        env: { FISH_BACKEND: origin.url, FISH_FALLBACK: 'false' },
      });
      try {
        await open(without.url);
        await say('Hello?');
        await expect
          .poll(() => page.getByRole('alert').allTextContents())
          .toContainEqual(expect.stringContaining('language model'));
      } finally {
        await without.stop();
      }
    });
  },
);
