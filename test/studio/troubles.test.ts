import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../src/services/keys.ts';
import { executablePath } from '../browser/chromium.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { recordingAudio } from '../reference-audio.ts';
import { launch, loudness, openStudio, speak } from './browser.ts';

const created = '2026-11-20T10:00:00Z';

describe.skipIf(!executablePath)('nothing that was typed is lost (skipped without Chromium)', () => {
  let folder: string;
  let origin: FakeOrigin;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  const keepKeys = async (...names: string[]): Promise<void> => {
    const keys = names.map(async (name) => ({ name, sha256: await hashKey(`key-of-${name}`), created }));
    await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys: await Promise.all(keys) }));
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fish-edge-studio-troubles-'));
    origin = await startFakeOrigin();
    await keepKeys('ada');
    const env = {
      FISH_BACKEND: origin.url,
      FISH_FALLBACK: 'false',
      FISH_KEYS_FILE: join(folder, 'keys.json'),
      FISH_OPEN_VOICES: 'false',
    };
    [server, browser] = await Promise.all([startServer('node', { env }), launch()]);
  });
  afterEach(() => page?.context().close());
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await origin?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const area = () => page.getByLabel('What shall be said?');
  const enter = async (name: string): Promise<void> => {
    await page.getByLabel('Key', { exact: true }).fill(`key-of-${name}`);
    await button('Use this key').click();
  };
  const open = async (tab: string, name?: string): Promise<void> => {
    ({ page } = await openStudio(browser, `${server.url}/#/${tab}`));
    if (name) await enter(name);
  };

  it('by a key that is withdrawn while the page is open', async () => {
    await open('speak', 'ada');
    await speak(page, 'I may speak.');
    await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
    await button('Edit the text').click();
    await keepKeys('bob');
    const status = async (): Promise<number> =>
      (await fetch(`${server.url}/v1/models`, { headers: { authorization: 'Bearer key-of-ada' } })).status;
    await expect.poll(status).toBe(401);
    await speak(page, 'May I still?');
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain('does not know this key');
    await enter('bob');
    await button('Edit the text').click();
    expect(await area().inputValue()).toBe('May I still?');
    await expect.poll(() => loudness(page)).toBe(0); // the first one is over
    await button('Speak').click();
    await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
    await keepKeys('ada');
    await expect.poll(status).toBe(200);
  });

  it('by pasted megabytes, also across a reload', async () => {
    await open('speak', 'ada');
    const line = 'The harbour wakes before the town does, and nobody minds.\n';
    const count = 20_000; // a megabyte
    await area().evaluate(
      (element, [words, times]) => {
        const field = element as unknown as { value: string; dispatchEvent(event: Event): void };
        field.value = words.repeat(times);
        field.dispatchEvent(new Event('input', { bubbles: true }));
      },
      [line, count] as const,
    );
    await expect
      .poll(() => page.locator('.count').textContent(), { timeout: 40_000 })
      .toBe('1,160,000 characters');
    await button('Make the file').waitFor();
    await expect
      .poll(() => page.evaluate<string | null>('localStorage.getItem("fish-edge-text-is-long")'))
      .toBe('true');
    await page.reload();
    await expect
      .poll(() => page.locator('.count').textContent(), { timeout: 40_000 })
      .toBe('1,160,000 characters');
    expect(await area().evaluate((element) => (element as unknown as { value: string }).value.length)).toBe(
      line.length * count,
    );
    await button('Clear').click();
    await area().fill('Short again.');
    await page.reload();
    await expect.poll(() => area().inputValue()).toBe('Short again.');
  });

  it('by a second window, which has its own text', async () => {
    await open('speak', 'ada');
    await area().fill('Of the first window.');
    const second = await page.context().newPage();
    await second.goto(page.url());
    const areaOfSecond = second.getByLabel('What shall be said?');
    await expect.poll(() => areaOfSecond.inputValue()).toBe('Of the first window.'); // a new one begins with it
    await areaOfSecond.evaluate((element) => {
      const field = element as unknown as { value: string; dispatchEvent(event: Event): void };
      field.value = 'Of the second.'; // a dialogue asks for the key in front of it
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await page.reload();
    await expect.poll(() => area().inputValue()).toBe('Of the first window.');
    await second.reload();
    await expect.poll(() => areaOfSecond.inputValue()).toBe('Of the second.');
  });

  it('by a microphone that is denied, nor what is written about a recording by a reload', async () => {
    await open('voices', 'ada');
    await page.evaluate(`navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('', 'NotAllowedError');
    }`);
    await button('Record').click();
    await expect
      .poll(() => page.getByRole('alert').allTextContents())
      .toContainEqual(expect.stringContaining('may not use the microphone'));
    const choose = (): Promise<void> =>
      page
        .locator('.make input[type=file]')
        .setInputFiles({ name: 'a.wav', mimeType: 'audio/wav', buffer: Buffer.from(recordingAudio()) });
    await choose();
    await page.getByLabel('What is said in it').fill('One long tone.');
    await page.getByLabel('Whose voice is it?').fill('A machine');
    await page.reload();
    await choose();
    expect(await page.getByLabel('What is said in it').inputValue()).toBe('One long tone.');
    expect(await page.getByLabel('Whose voice is it?').inputValue()).toBe('A machine');
  });

  it('by another tab of the page, nor by a reload, in a conversation', async () => {
    await open('talk', 'ada');
    await page.getByLabel('Message').fill('I was just about to say');
    await page.getByRole('link', { name: 'Speak' }).click();
    await page.getByRole('link', { name: 'Talk' }).click();
    expect(await page.getByLabel('Message').inputValue()).toBe('I was just about to say');
    await page.reload();
    await expect.poll(() => page.getByLabel('Message').inputValue()).toBe('I was just about to say');
  });
});
