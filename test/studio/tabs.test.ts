import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executablePath } from '../browser/chromium.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { recordingAudio } from '../reference-audio.ts';
import { launch, loudness, openStudio, speak } from './browser.ts';

describe.skipIf(!executablePath)('the other tabs (skipped without Chromium)', () => {
  let origin: FakeOrigin;
  let server: RunningServer;
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fish-edge-studio-'));
    const spoken = join(folder, 'microphone.wav');
    await writeFile(spoken, recordingAudio({ seconds: 20, rate: 48_000 }));
    origin = await startFakeOrigin();
    const env = { FISH_BACKEND: origin.url, FISH_FALLBACK: 'false' };
    const args = [`--use-file-for-fake-audio-capture=${spoken}`];
    [server, browser] = await Promise.all([startServer('node', { env }), launch(args)]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await origin?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const open = async (tab: string, options = {}): Promise<Page> => {
    const { page } = await openStudio(browser, `${server.url}/#/${tab}`, options);
    return page;
  };

  it('make a voice of what the microphone hears, rename it, and delete it', async () => {
    const page = await open('voices');
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    await button('Record').click();
    await expect
      .poll(() => page.locator('.recorder output').textContent(), { timeout: 40_000 })
      .toMatch(/0:1[1-9]/);
    await button('Stop recording').click();
    await expect.poll(() => page.locator('.make').textContent()).toContain('Length and level are good.');
    await page.getByLabel('What is said in it').fill('One long tone.');
    await page.getByLabel('Name of the voice').fill('My tone');
    await page.getByLabel('Whose voice is it?').fill('A machine');
    await button('Make the voice').click(); // without consent nothing is sent
    expect(await page.locator('.make').textContent()).not.toContain('can speak now');
    await page.getByLabel('This person agreed').check();
    await button('Make the voice').click();
    await expect.poll(() => page.locator('.make').textContent()).toContain('“My tone” can speak now.');
    await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
    await button('Rename').click();
    await page.getByLabel('New name').fill('Our tone');
    await button('Save').click();
    await expect.poll(() => page.locator('.voices').first().textContent()).toContain('Our tone');
    await button('Delete').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => page.locator('.columns').textContent()).not.toContain('Our tone');
    await page.context().close();
  });

  it('say what is wrong with a recording', async () => {
    const page = await open('voices');
    const choose = (bytes: Uint8Array): Promise<void> =>
      page
        .locator('.make input[type=file]')
        .setInputFiles({ name: 'a.wav', mimeType: 'audio/wav', buffer: Buffer.from(bytes) });
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [recordingAudio({ seconds: 3 }), 'Too short'],
      [recordingAudio({ seconds: 40 }), 'Too long'],
      [recordingAudio({ loudness: 0.002 }), 'Too quiet'],
      [recordingAudio({ loudness: 3 }), 'Too loud'],
      [new Uint8Array([1, 2, 3]), 'No audio can be found in this file.'],
    ];
    for (const [bytes, words] of cases) {
      await choose(bytes);
      await expect.poll(() => page.locator('.make').textContent()).toContain(words);
    }
    await page.context().close();
  });

  it('show how the server is, and what the page saw', async () => {
    const page = await open('server');
    await expect
      .poll(() => page.locator('main').textContent())
      .toMatch(/All is well.*Origins.*0 of 1 slots/s);
    await page.getByRole('link', { name: 'Speak' }).click();
    await speak(page, 'To be measured.');
    await expect.poll(() => page.locator('.figures').textContent()).toMatch(/Real-time factor\d/);
    await page.getByRole('link', { name: 'Server' }).click();
    await expect.poll(() => page.locator('.charts').first().textContent()).toMatch(/First audio.*ms/);
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)(
    'are fit for everybody in %s colours, wide and on a phone (axe-core)',
    async (colorScheme) => {
      const page = await open('speak', { colorScheme, bypassCSP: true });
      await page.evaluate(axe.source);
      await page.getByLabel('What shall be said?').fill('Nobody is left out.');
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 844 });
        for (const tab of ['Speak', 'Talk', 'Voices', 'Server']) {
          await page.getByRole('link', { name: tab }).click();
          await page.waitForSelector('main h1', { state: 'attached' });
          expect([tab, width, await barriers(page)]).toEqual([tab, width, []]);
          const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
          expect([tab, width, wider > 0]).toEqual([tab, width, false]);
        }
      }
      await page.context().close();
    },
  );

  it.each([
    ['en-US', 'dark', 'Teach', 'New key', 'Rename', 'Delete', 'Cancel'],
    ['vi-VN', 'light', 'Dạy', 'Khóa mới', 'Đổi tên', 'Xóa', 'Hủy'],
  ] as const)(
    'are fit for everybody in their dialogues and long lists, %s in %s (axe-core)',
    async (locale, colorScheme, teach, newKey, rename, remove, cancel) => {
      const word = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.slice(
        0,
        60,
      );
      const send = (path: string, body: FormData | string): Promise<Response> =>
        fetch(`${server.url}/v1/${path}`, {
          method: 'POST',
          body,
          ...(typeof body === 'string' && { headers: { 'content-type': 'application/json' } }),
        });
      for (let i = 0; i < 20; i++)
        await send('pronunciations', JSON.stringify({ word: `${word}${i}`, alias: 'a long way '.repeat(9) }));
      const recording = new FormData();
      const about = { name: `${word} ${locale}`, transcript: 'One long tone.', consent: 'A machine' };
      for (const [name, value] of Object.entries(about)) recording.set(name, value);
      recording.set('reference', new Blob([recordingAudio()], { type: 'audio/wav' }), 'a.wav');
      expect((await send('voices', recording)).status).toBeLessThan(300);

      const page = await open('speak', { colorScheme, locale, bypassCSP: true });
      await page.setViewportSize({ width: 360, height: 740 });
      await page.evaluate(axe.source);
      const check = async (): Promise<void> => {
        expect(await barriers(page)).toEqual([]);
        expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      };
      const dialogue = async (name: string): Promise<void> => {
        await page.getByRole('button', { name }).first().click();
        await page.getByRole('dialog').waitFor();
        await check();
        const focused = await page.evaluate<boolean>(
          'document.activeElement.matches(document.querySelector("dialog form") ? "dialog input" : "dialog *")',
        );
        expect(focused).toBe(true);
        await page.keyboard.press('Escape');
        await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
        expect(await page.evaluate<string>('document.activeElement.textContent')).toContain(name);
      };
      await page.locator('.panel summary').first().click();
      await expect.poll(() => page.locator('.taught li').count()).toBeGreaterThan(19);
      await dialogue(teach);
      await page.goto(`${server.url}/#/voices`);
      await dialogue(rename);
      await dialogue(remove);
      expect(await page.locator('.voices').last().textContent()).not.toContain('mul'); // no word of any language
      await page.goto(`${server.url}/#/server`);
      await dialogue(newKey);
      expect(await page.title()).toMatch(/^(?:Server · fish-edge|Máy chủ · Text To Speech)/);
      await page.getByRole('button', { name: newKey }).click();
      await page.getByRole('button', { name: cancel }).click();
      await page.setViewportSize({ width: 721, height: 900 }); // a tablet: the tabs are in one line with the rest
      await check();
      await page.context().close();
      for (const kind of ['voices', 'pronunciations']) {
        const { data } = (await (await fetch(`${server.url}/v1/${kind}`)).json()) as {
          data: { id: string; category?: string }[];
        };
        for (const { id } of data.filter((one) => kind === 'pronunciations' || one.category === 'cloned'))
          await fetch(`${server.url}/v1/${kind}/${encodeURIComponent(id)}`, { method: 'DELETE' });
      }
    },
  );
});

/** What axe-core finds that is serious. */
async function barriers(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  }>('axe.run()');
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
