import { readFile } from 'node:fs/promises';
import { strToU8, zipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { executablePath } from '../browser/chromium.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { launch, openStudio } from './browser.ts';

const sentence = 'The harbour wakes before the town does, and nobody minds. ';
const chapter = (title: string): string => `<h1>${title}</h1><p>${sentence.repeat(200)}</p>`;
/** The origin waits at its beginning, so that a pause finds the book half made. */
const second = 'The Second [[held]]';

/** A book of two chapters, about 23,000 characters. */
function epub(): Buffer {
  const page = (title: string) =>
    strToU8(`<html><head><title>no</title></head><body>${chapter(title)}</body></html>`);
  return Buffer.from(
    zipSync({
      mimetype: strToU8('application/epub+zip'),
      'META-INF/container.xml': strToU8(
        '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
      ),
      'OPS/book.opf': strToU8(
        `<package><manifest><item id="b" href="two.xhtml"/><item id="a" href="on%65.xhtml"/></manifest>
         <spine><itemref idref="a"/><itemref idref="b"/></spine></package>`,
      ),
      'OPS/one.xhtml': page('The First'),
      'OPS/two.xhtml': page(second),
    }),
  );
}

describe.skipIf(!executablePath)('long texts and files (skipped without Chromium)', () => {
  let origin: FakeOrigin;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    origin = await startFakeOrigin({ secondsPerWord: 0.02 });
    const env = { FISH_BACKEND: origin.url, FISH_FALLBACK: 'false' };
    [server, browser] = await Promise.all([startServer('node', { env }), launch()]);
  });
  afterEach(() => page?.context().close());
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await origin?.close();
  });
  const open = async (): Promise<void> => {
    ({ page } = await openStudio(browser, server.url));
  };
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const choose = (name: string, buffer: Buffer): Promise<void> =>
    page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });

  it('make one file with chapters of a book, through a pause', async () => {
    await open();
    await choose('book.epub', epub());
    await expect.poll(() => page.locator('.book').textContent()).toContain('one MP3 with 2 chapters');
    await button('Make the file').click();
    await expect
      .poll(async () => Number(await page.getByRole('progressbar').getAttribute('value')))
      .toBeGreaterThan(0);
    await button('Pause').click();
    await button('Go on').waitFor();
    await page.getByRole('link', { name: 'Voices' }).click();
    await page.getByRole('link', { name: 'Speak' }).click(); // what was made is still there
    await button('Go on').waitFor();
    const requests = (): number => server.logs.filter(({ path }) => path === '/v1/audio/speech').length;
    await origin.until(() => {
      origin.release();
      return origin.queued === 0;
    });
    await button('Listen to what is there').click();
    await expect
      .poll(() => page.locator('audio').evaluate((audio: { duration?: number }) => audio.duration))
      .toBeGreaterThan(1);
    await button('Go on').click();
    const isMade = async (): Promise<number> => {
      origin.release();
      return button('Save the file').count();
    };
    await expect.poll(isMade, { timeout: 100_000 }).toBe(1);
    let asked = '';
    page.once('dialog', (dialog) => {
      asked = dialog.type();
      void dialog.dismiss();
    });
    await page.close({ runBeforeUnload: true });
    await expect.poll(() => asked).toBe('beforeunload'); // and the page is still there
    const [download] = await Promise.all([page.waitForEvent('download'), button('Save the file').click()]);
    const bytes = await readFile(await download.path());
    expect(download.suggestedFilename()).toBe('The-First-The-harbour-wakes-before.mp3');
    const head = bytes.subarray(0, 400).toString('latin1');
    expect(head).toMatch(/^ID3[\s\S]*CTOC[\s\S]*CHAP[\s\S]*The First[\s\S]*CHAP[\s\S]*The Second/);
    expect(requests()).toBeLessThanOrEqual(9); // eight parts: only the one that was paused was made again
  }, 180_000);

  it('are saved as one WAV, and FLAC says how much it takes', async () => {
    await open();
    await page.getByLabel('What shall be said?').fill(sentence.repeat(100));
    await page.getByLabel('Format').selectOption('flac');
    await button('Download').click();
    await expect
      .poll(() => page.getByRole('alert').allTextContents())
      .toContain('FLAC takes at most 3,500 characters. MP3, WAV, Opus and AAC take more.');
    await page.getByLabel('Format').selectOption('wav');
    const [download] = await Promise.all([page.waitForEvent('download'), button('Download').click()]);
    const bytes = await readFile(await download.path());
    expect(bytes.toString('latin1', 0, 4)).toBe('RIFF');
    expect(bytes.readUInt32LE(40)).toBe(bytes.length - 44); // a single header, of all of it
    expect(bytes.indexOf('RIFF', 4)).toBe(-1);
    expect(bytes.length).toBeGreaterThan(10 * 48_000);
  });

  it('stop when they are no longer wanted as a file', async () => {
    await open();
    await page.getByLabel('What shall be said?').fill(`[[held]] ${sentence.repeat(100)}`);
    await button('Download').click();
    await expect.poll(() => page.locator('.side').textContent()).toContain('Making the file… 0 %');
    await origin.until(() => origin.queued > 0);
    await button('Stop making the file').click();
    await origin.until(() => {
      origin.release();
      return origin.queued === 0;
    });
    await button('Download').waitFor();
    expect(await page.locator('.side .problem:not(.none)').count()).toBe(0); // to stop is no failure
  });

  it('are read from Markdown without its signs', async () => {
    await open();
    await choose(
      'notes.md',
      Buffer.from('# A title\n\nSome *fine* [words](https://example.com).\n\n```\ncode\n```\n'),
    );
    const area = page.getByLabel('What shall be said?');
    await expect.poll(() => area.inputValue()).toContain('Some fine words.');
    expect(await area.inputValue()).not.toMatch(/[#*[\]`]|https|code/);
  });

  it('are refused in plain words, and nothing is lost', async () => {
    await open();
    const area = page.getByLabel('What shall be said?');
    await area.fill('What I wrote.');
    const cases: readonly (readonly [string, Buffer, string])[] = [
      ['picture.png', Buffer.from([0x89, 0x50]), 'Only .txt, .md and .epub files can be read.'],
      ['broken.epub', Buffer.from('PK nothing'), 'Only .txt, .md and .epub files can be read.'],
      ['empty.txt', Buffer.from(' \n '), 'There is no text in this file.'],
    ];
    for (const [name, bytes, words] of cases) {
      await choose(name, bytes);
      await expect.poll(() => page.getByRole('alert').allTextContents()).toContain(words);
      expect(await area.inputValue()).toBe('What I wrote.');
    }
    await choose('latin.txt', Buffer.from('Voil\xe0, du caf\xe9.', 'latin1'));
    await expect.poll(() => area.inputValue()).toBe('Voilà, du café.');
  });
});
