import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { executablePath } from '../browser/chromium.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { endless } from '../conformance/suites/context.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { launch, loudness, openStudio, speak } from './browser.ts';

/** Remembers what is marked: the page plays on while nobody looks. */
const watchMarks = `
  globalThis.marks = { words: [], wentBack: false };
  new MutationObserver((changes) => {
    for (const { attributeName, oldValue, target } of changes) {
      if (attributeName === 'data-now') marks.words.push(target.dataset.word);
      else if (Number(target.getAttribute(attributeName)) < Number(oldValue)) marks.wentBack = true;
    }
  }).observe(document.body, {
    subtree: true,
    attributeFilter: ['data-now', 'aria-valuenow'],
    attributeOldValue: true,
  });
`;

describe.skipIf(!executablePath)('the speak tab (skipped without Chromium)', () => {
  let origin: FakeOrigin;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  const start = (env: Record<string, string> = {}): Promise<RunningServer> =>
    startServer('node', { env: { FISH_BACKEND: origin.url, FISH_FALLBACK: 'false', ...env } });
  beforeAll(async () => {
    origin = await startFakeOrigin();
    [server, browser] = await Promise.all([start(), launch()]);
  });
  afterEach(() => page?.context().close());
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await origin?.close();
  });
  const open = async (url = server.url): Promise<Page> => {
    ({ page } = await openStudio(browser, url));
    return page;
  };
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const words = (): Promise<number> => page.locator('[data-word]').count();

  it('plays while it streams, marks the words, and goes back in the waveform', async () => {
    await open();
    await speak(page, `${endless} One two three four five. Six seven eight nine ten.`);
    await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
    await expect.poll(() => page.locator('.figures').textContent()).toMatch(/First audio[\d,.]+ m?s/);
    await button('Pause').click();
    await expect.poll(() => loudness(page)).toBe(0);
    await button('Play').click();
    await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
    const position = page.getByRole('slider', { name: 'Position' });
    await expect.poll(async () => Number(await position.getAttribute('aria-valuenow'))).toBeGreaterThan(3);
    await page.evaluate(watchMarks);
    await position.press('Home');
    await expect.poll(() => page.evaluate<boolean>('marks.wentBack')).toBe(true);
    origin.release();
    await expect.poll(words).toBeGreaterThan(9);
    await page.locator('[data-word="3"]').click();
    await expect.poll(() => page.evaluate<string[]>('marks.words')).toContain('3');
  });

  it('is heard within 100 ms of the first byte, as soon as the machine lets it', async () => {
    await open();
    const delay = async (): Promise<number> => {
      await page.reload();
      await speak(page, 'How soon is this heard?');
      const figures = page.locator('.figures[data-own-delay]');
      await figures.waitFor({ state: 'attached' });
      return Number(await figures.getAttribute('data-own-delay'));
    };
    await expect.poll(delay, { timeout: 150_000 }).toBeLessThan(100);
  }, 180_000);

  it('saves the audio in each format, and captions', async () => {
    await open();
    await speak(page, 'Take me along. I am two sentences.');
    const save = async (name: string): Promise<Buffer> => {
      const [download] = await Promise.all([page.waitForEvent('download'), button(name).click()]);
      return readFile(await download.path());
    };
    const heads = {
      mp3: /^(?:ID3|\xff[\xe0-\xff])/,
      wav: /^RIFF/,
      flac: /^fLaC/,
      opus: /^OggS/,
      aac: /^\xff\xf1/,
      pcm: /^/,
    };
    for (const [format, head] of Object.entries(heads)) {
      await page.getByLabel('Format').selectOption(format);
      const bytes = await save('Download');
      expect(bytes.length).toBeGreaterThan(1000);
      expect(bytes.toString('latin1')).toMatch(head);
    }
    expect((await save('SRT')).toString()).toMatch(/^1\n00:00:00,\d{3} --> 00:00:\d\d,\d{3}\nTake me along/);
    expect((await save('VTT')).toString()).toMatch(/^WEBVTT\n\n[\s\S]*Take me along/);
  });

  it('keeps the text when it is loaded again, and speaks both languages', async () => {
    await open();
    await page.getByLabel('What shall be said?').fill('Keep me.');
    await page.reload();
    await expect.poll(() => page.getByLabel('What shall be said?').inputValue()).toBe('Keep me.');
    await button('Tiếng Việt').click();
    expect(await page.title()).toBe('Text To Speech in Vietnamese');
    await page.getByLabel('Bạn muốn đọc gì?').fill('');
    expect(await page.getByPlaceholder('Nhập văn bản...').count()).toBe(1);
    expect(await button('Chuyển đổi').isDisabled()).toBe(true);
    await page.getByLabel('Bạn muốn đọc gì?').fill('Xin chào bạn.');
    await button('Chuyển đổi').click();
    await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
    expect(await page.locator('html').getAttribute('lang')).toBe('vi');
  });

  it('teaches a word', async () => {
    await open();
    await page.getByLabel('What shall be said?').fill('nginx');
    await page.getByLabel('What shall be said?').selectText();
    await button('Teach “nginx”').click();
    await page.getByLabel('Sounds like').fill('engine x');
    await button('Hear').click();
    await origin.until(() => JSON.stringify(origin.spoken.at(-1)).includes('engine x'));
    await button('Save').click();
    await expect.poll(() => page.locator('.list').textContent()).toContain('engine x');
    const { data } = (await (await fetch(`${server.url}/v1/pronunciations`)).json()) as { data: object[] };
    expect(data).toMatchObject([{ word: 'nginx', alias: 'engine x' }]);
    await button('Teach “nginx”').click();
    await page.getByLabel('Sounds like').fill('ˈɛndʒɪn');
    await page.getByLabel('In phonetic letters (IPA)').check();
    const tries = origin.spoken.length;
    await button('Hear').click();
    await origin.until(() => origin.spoken.length > tries);
    await button('Close').click(); // what was only tried does not take the place of what was taught
    await expect.poll(() => page.locator('.list').textContent()).toMatch(/^nginx engine x$/);
    await speak(page, 'nginx caddy');
    await expect.poll(words).toBe(2);
    await page.locator('[data-word="1"]').dblclick();
    await button('Teach “caddy”').waitFor(); // while it is read along, too
  });

  it('says so when the server dies in mid-speech, and loses nothing', async () => {
    const other = await start();
    await open(other.url);
    const text = `${endless} Nobody hears the end.`;
    await speak(page, text);
    await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
    await other.stop();
    await expect
      .poll(() => page.getByRole('alert').allTextContents())
      .toContainEqual(expect.stringContaining('The connection broke off in the middle.'));
    await button('Edit the text').click();
    expect(await page.getByLabel('What shall be said?').inputValue()).toBe(text);
    await button('Speak').click();
    await expect
      .poll(() => page.getByRole('alert').allTextContents())
      .toContainEqual(expect.stringContaining('The server does not answer.'));
  });

  it('asks for another key when the one it has is refused', async () => {
    const other = await start({ FISH_API_KEY: 'right-key', FISH_OPEN_VOICES: 'false' });
    try {
      await open(other.url);
      await page.getByLabel('Key', { exact: true }).fill('wrong-key');
      await button('Use this key').click();
      await expect.poll(() => page.getByRole('dialog').textContent()).toContain('does not know this key');
      await page.getByLabel('Key', { exact: true }).fill('right-key');
      await button('Use this key').click();
      await speak(page, 'Who is there?');
      await expect.poll(() => loudness(page)).toBeGreaterThan(0.01);
      await page.reload();
      expect(await page.getByRole('dialog').count()).toBe(0);
    } finally {
      await other.stop();
    }
  });

  it('shows the same request for programs, as it would be sent', async () => {
    await open();
    await page.getByLabel('What shall be said?').fill("It's here.");
    await page.locator('.code summary').click();
    const code = await page.locator('pre').textContent();
    expect(code).toContain(`curl ${server.url}/v1/audio/speech`);
    expect(code).toContain(`"input":"It'\\''s here."`);
    for (const language of ['Python', 'TypeScript']) {
      await page.getByText(language, { exact: true }).click();
      expect(await page.locator('pre').textContent()).toContain(`"It's here."`);
    }
  });
});
