import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataFolder, installedPack } from '../../src/adapters/local/packs.ts';
import { defaultVoicePack, packs } from '../../src/engine/onnx/packs/manifest.ts';
import { hashKey } from '../../src/services/keys.ts';
import { type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import type { Misbehaviour } from '../fake-origin/misbehave.ts';
import { startFakeOrigin } from '../fake-origin.ts';
import { CannotTry } from './check.ts';

/** The servers that clients are pointed at. Programs in other languages get this as JSON in `CLIENTS_GROUND`. */
export interface Ground {
  /** In front of a Fish origin, for everybody. The origin speaks 0.3 s for each word and knows the voice `anna`. */
  readonly open: string;
  /** The same with keys: one for all, and a `limited-<client>` for each client, with `requestsAllowed` requests a minute. */
  readonly locked: string;
  readonly key: string;
  readonly requestsAllowed: number;
  /** In front of an origin of its own. A `POST` to `makeBusy`, and it tells its clients for some seconds when to come back. */
  readonly busy: string;
  readonly makeBusy: string;
  /** Lets in the pages of `allowedPage` alone; its live sessions wait a second for text. */
  readonly strict: string;
  readonly allowedPage: string;
  /** With the embedded voice and recogniser; empty where they are not installed. */
  readonly embedded: string;
  /** A WAV in which the embedded voice says `sentence`; empty as above. */
  readonly speechFile: string;
  readonly sentence: string;
}

interface Stoppable {
  stop(): Promise<void>;
}

export type StartedGround = Ground & Stoppable;

/** Clients that have a key of their own to run into its limit. */
const limitedClients: readonly string[] = [
  ...['openai-node', 'ai-sdk', 'fish-audio', 'fish-audio-sdk'],
  ...['openai-python', 'fishaudio-python', 'fish-audio-sdk-python', 'litellm', 'openai-go', 'fish-audio-go'],
];
const requestsAllowed = 20;
/** Longer than any client waits by itself before its first retry. */
const busySeconds = '4';
/** A busy machine may take minutes until the voice speaks for the first time. */
const patient = { FISH_QUEUE_TIMEOUT: '10m', FISH_BACKEND_TIMEOUT: '10m' };
const key = 'the-key-of-all';
const sentence = 'The kitchen smelled of fresh bread and strong coffee. Nobody answered the door.';
const allowedPage = 'https://app.example';

/** `signal` ends a start that is under way: what runs by then is stopped. */
export async function startGround(runtime: Runtime, signal?: AbortSignal): Promise<StartedGround> {
  const origin = await startFakeOrigin({ references: ['anna'] });
  const misbehave: Misbehaviour = {};
  const busyOrigin = await startFakeOrigin({ misbehave });
  const folder = await mkdtemp(join(tmpdir(), 'fish-edge-clients-'));
  const servers: RunningServer[] = [];
  const controls: Stoppable[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all([...servers, ...controls].map((each) => each.stop()));
    await Promise.all([origin.close(), busyOrigin.close()]);
    await rm(folder, { recursive: true, force: true });
  };
  const start = async (env: Readonly<Record<string, string>>): Promise<string> => {
    signal?.throwIfAborted();
    const server = await startServer(runtime, {
      env: { FISH_RATE_LIMIT: '0', FISH_RETRIES: '0', FISH_BREAKER_FAILURES: '1000', ...env },
    });
    servers.push(server);
    return server.url;
  };
  const behind = { FISH_BACKEND: origin.url, FISH_FALLBACK: 'false', FISH_TRANSCRIPTION: 'off' };
  try {
    const open = await start(behind);
    const locked = await start({ ...behind, FISH_KEYS: await keys() });
    const busy = await start({
      ...behind,
      FISH_BACKEND: busyOrigin.url,
      FISH_QUEUE_TIMEOUT: '1s',
      FISH_CACHE: 'off',
    });
    const strict = await start({
      ...behind,
      FISH_CORS_ORIGINS: allowedPage,
      FISH_LIVE_IDLE_TIMEOUT: '1s',
      FISH_READ_TIMEOUT: '2s',
    });
    const embedded = (await isInstalled())
      ? await start({ FISH_ENGINE: 'onnx', FISH_VOICE: defaultVoicePack, ...patient })
      : '';
    const speechFile = embedded === '' ? '' : join(folder, 'speech.wav');
    if (speechFile !== '') await writeFile(speechFile, await speak(embedded));
    const makeBusy = await startControl(async () => {
      Object.assign(misbehave, { status: 503, retryAfter: busySeconds });
      await speak(busy).catch(() => {}); // now the server knows that its origin is busy
      for (const name of Object.keys(misbehave)) Reflect.deleteProperty(misbehave, name);
    });
    controls.push(makeBusy);
    signal?.throwIfAborted();
    const about = { key, requestsAllowed, allowedPage, speechFile, sentence };
    return { open, locked, busy, makeBusy: makeBusy.url, strict, embedded, ...about, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Does `act` at each request. */
async function startControl(act: () => Promise<void>): Promise<Stoppable & { readonly url: string }> {
  const control = createServer((_, response) => void act().then(() => response.end('done')));
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(control.address() as AddressInfo).port}`;
  const stop = async (): Promise<void> => {
    control.close();
    control.closeAllConnections();
  };
  return { url, stop };
}

async function keys(): Promise<string> {
  const created = '2026-11-20T10:00:00Z';
  const limited = limitedClients.map(async (client) => {
    const name = `limited-${client}`;
    return { name, sha256: await hashKey(name), created, rate: requestsAllowed };
  });
  const all = { name: 'all', sha256: await hashKey(key), created };
  return JSON.stringify({ keys: [all, ...(await Promise.all(limited))] });
}

async function isInstalled(): Promise<boolean> {
  const needed = packs.filter(({ id }) => id === 'moonshine-tiny' || id === defaultVoicePack);
  const installed = await Promise.all(needed.map((pack) => installedPack(dataFolder(), pack)));
  return installed.every((pack) => pack !== undefined);
}

async function speak(url: string): Promise<Uint8Array> {
  const response = await fetch(`${url}/v1/audio/speech`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'tts-1', voice: 'alloy', input: sentence, response_format: 'wav' }),
  });
  if (!response.ok) throw new Error(`the embedded voice: ${response.status} ${await response.text()}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Uses up the requests of the client's own limited key, so that its next one is told to wait. */
export async function useUp({ locked }: Ground, client: string): Promise<string> {
  const secret = `limited-${client}`;
  for (let asked = 0; asked < 2 * requestsAllowed; asked++) {
    const response = await fetch(`${locked}/v1/models`, { headers: { authorization: `Bearer ${secret}` } });
    await response.arrayBuffer();
    if (response.status === 429) return secret;
  }
  throw new Error('the limit was never reached');
}

/** From now on the server `busy` answers 503 for some seconds. */
export async function makeBusy(ground: Ground): Promise<void> {
  await (await fetch(ground.makeBusy, { method: 'POST' })).arrayBuffer();
}

/** The file with speech, or the reason why there is none. */
export async function speechOf({ speechFile }: Ground): Promise<Uint8Array<ArrayBuffer>> {
  if (speechFile === '') throw new CannotTry('the embedded voice and recogniser are not installed');
  return new Uint8Array(await readFile(speechFile));
}

/** Whether `text` has most words of the sentence: the recogniser need not spell as we do. */
export function isHeard(text: string): boolean {
  const words = (from: string): string[] => from.toLowerCase().match(/[a-z]+/g) ?? [];
  const heard = new Set(words(text));
  const missed = words(sentence).filter((word) => !heard.has(word));
  return missed.length <= 2;
}
