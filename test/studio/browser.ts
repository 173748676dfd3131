import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { executablePath } from '../browser/chromium.ts';

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
];

/**
 * Listens at the loudspeaker: what goes there passes an analyser too, which remembers two thirds of a second. The page looks more often
 * than that, as whoever asks may do so long after a short speech was over.
 */
const tap = `
  const taps = [];
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      target.tap ??= new AnalyserNode(target.context, { fftSize: 32768 });
      if (!taps.includes(target.tap)) taps.push(target.tap);
      connect.call(this, target.tap);
    }
    return connect.call(this, target, ...rest);
  };
  const samples = new Float32Array(32768);
  let loudest = 0;
  const listen = () => {
    for (const tap of taps) {
      tap.getFloatTimeDomainData(samples);
      for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
    }
  };
  setInterval(listen, 250);
  globalThis.loudness = () => {
    listen();
    const heard = loudest;
    loudest = 0;
    return heard;
  };
`;

/** How loud the page was since this was asked last, 0 to 1. */
export function loudness(page: Page): Promise<number> {
  return page.evaluate<number>('globalThis.loudness()');
}

/** @param args more flags of the browser's */
export function launch(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath ?? '',
    args: [...flags, ...args],
    timeout: 100_000,
  });
}

export interface OpenedPage {
  readonly page: Page;
  /** What the page complained of: scripts that failed, and what its policy kept from it. */
  readonly complaints: readonly string[];
  /** Addresses of other servers that it asked for something. */
  readonly elsewhere: readonly string[];
}

export async function openStudio(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ locale: 'en-US', acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  const elsewhere: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const address = new URL(request.url());
    if (address.protocol !== 'blob:' && address.origin !== new URL(url).origin) elsewhere.push(address.href);
  });
  await page.addInitScript(tap);
  await page.goto(url);
  await page.waitForSelector('main h1', { state: 'attached' });
  return { page, complaints, elsewhere };
}

export async function speak(page: Page, text: string): Promise<void> {
  await page.getByLabel('What shall be said?').fill(text);
  await page.getByRole('button', { name: 'Speak', exact: true }).click();
}
