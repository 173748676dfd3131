import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, installedPacks } from '../../src/adapters/local/packs.ts';
import { wavOf } from '../../studio/src/audio/wav.ts';
import { executablePath } from '../browser/chromium.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { startingMs } from '../conformance/suites/context.ts';
import { type FakeModel, startFakeModel } from '../fake-model.ts';
import { launch, loudness, openStudio } from './browser.ts';

const installed = new Set((await installedPacks(dataFolder())).map(({ id }) => id));
const has = (...ids: readonly string[]): boolean => ids.every((id) => installed.has(id));
const RATE = 48_000;
const SILENCE_SECONDS = 4;

describe.skipIf(!executablePath || !has('en_US-joe-medium', 'moonshine-tiny', 'silero-vad'))(
  'the page with the embedded voice and recogniser (skipped without Chromium or their models)',
  { timeout: startingMs },
  () => {
    let folder: string;
    let model: FakeModel;
    let server: RunningServer;
    let browser: Browser;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'fish-edge-studio-talk-'));
      model = await startFakeModel();
      const env = { FISH_VOICE: 'en_US-joe-medium', LLM_BASE_URL: model.url };
      server = await startServer('node', { env });
      const spoken = join(folder, 'question.wav');
      await writeFile(spoken, await questionFile(server.url));
      browser = await launch([`--use-file-for-fake-audio-capture=${spoken}%noloop`]);
    }, startingMs);
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      await model?.close();
      await rm(folder, { recursive: true, force: true });
    });
    const open = async (tab: string): Promise<Page> =>
      (await openStudio(browser, `${server.url}/#/${tab}`)).page;

    it('asks nobody for a recording that its voices cannot imitate', async () => {
      const page = await open('voices');
      const card = page.locator('.make', { hasText: 'Make a voice' });
      await expect.poll(() => card.textContent()).toContain('imitate nobody');
      expect(await card.getByRole('button').count()).toBe(0);
    });

    it('shows the memory of the whole process', async () => {
      const page = await open('server');
      const shown = page.locator('.charts').filter({ hasText: 'Memory' });
      await expect.poll(() => shown.count(), { timeout: 60_000 }).toBe(1);
      const heap = /^fish_edge_heap_bytes (\S+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text());
      const [, megabytes] = /Memory\D*([\d,]+) MB/.exec((await shown.textContent()) ?? '') ?? [];
      expect(Number(megabytes?.replaceAll(',', ''))).toBeGreaterThan((2 * Number(heap?.[1])) / 1e6);
    });

    it('hears a question by the microphone, writes it down, and answers in sound', async () => {
      const page = await open('talk');
      await expect.poll(() => page.locator('.lost').count()).toBe(0);
      await page.getByRole('button', { name: 'Talk', exact: true }).click();
      const log = (): Promise<string | null> => page.getByRole('log').textContent();
      await expect.poll(log, { timeout: 60_000 }).toMatch(/You.*weather.*today/is); // the model repeats what it was told
      await expect
        .poll(() => page.locator('.bubble:not(.own)').textContent(), { timeout: 30_000 })
        .toMatch(/weather/i);
      await expect.poll(() => loudness(page), { timeout: 30_000 }).toBeGreaterThan(0.01);
      await page.getByRole('button', { name: 'Stop listening' }).click();
      await page.context().close();
    });

    it.skipIf(!has('kokoro-82m-v1.0'))(
      'mixes two voices, speaks with them, and takes them along',
      async () => {
        const page = await open('voices');
        const mixer = page.locator('.make', { hasText: 'Mix a voice' });
        await mixer.getByLabel('Voice', { exact: true }).first().selectOption('af_bella');
        await mixer.getByRole('slider').first().fill('3');
        await expect.poll(() => mixer.locator('code').textContent()).toMatch(/^af_bella\(3\)\+a\w_\w+$/);
        const [asked] = await Promise.all([
          page.waitForRequest('**/v1/audio/speech'),
          mixer.getByRole('button', { name: 'Hear' }).click(),
        ]);
        const { voice } = asked.postDataJSON() as { readonly voice: string };
        await mixer.getByRole('button', { name: 'Stop' }).click(); // Kokoro takes its time on a busy machine
        expect(await mixer.getByRole('alert').count()).toBe(0); // to stop is no failure
        const name = await mixer.locator('code').textContent();
        expect(voice).toBe(name);
        await mixer.getByRole('button', { name: 'Use' }).click();
        await expect.poll(() => page.getByLabel('Voice', { exact: true }).inputValue()).toBe(name);
        await page.context().close();
      },
    );
  },
);

/** What the embedded voice asks, and then silence, as a microphone hears it. */
async function questionFile(url: string): Promise<Uint8Array> {
  const body = { input: 'What is the weather like today?', response_format: 'pcm', sample_rate: RATE };
  const response = await fetch(`${url}/v1/audio/speech`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const said = new Int16Array(await response.arrayBuffer());
  const samples = new Int16Array(said.length + SILENCE_SECONDS * RATE);
  samples.set(said, RATE / 2);
  return new Uint8Array(await wavOf(samples, RATE).arrayBuffer());
}
