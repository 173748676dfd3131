import type { FakeOrigin } from '../../fake-origin.ts';
import type { RunningServer, Runtime } from '../server.ts';

/** What every suite gets: a real server on one runtime, in front of a fake origin. */
export interface Context {
  readonly runtime: Runtime;
  readonly server: () => RunningServer;
  readonly origin: () => FakeOrigin;
}

/**
 * What a runtime cannot do, by name; docs/runtimes.md says why. A test that needs it is skipped there.
 */
export type Ability =
  | 'process'
  | 'leave-early'
  | 'leave-early-after-upload'
  | 'socket-pressure'
  | 'unfinished-messages'
  | 'other-upgrades'
  | 'sockets-of-others';
const gaps: Readonly<Partial<Record<Runtime, readonly Ability[]>>> = {
  workers: [
    'process',
    'leave-early',
    'leave-early-after-upload',
    'socket-pressure',
    'unfinished-messages',
    'sockets-of-others',
  ],
  // 2.9.6 tells of leavers only where head and body came in one read, and refuses a body beside an upgrade that it does not know
  deno: ['leave-early-after-upload', 'other-upgrades', 'unfinished-messages'],
  bun: ['unfinished-messages'],
};

export function lacks(runtime: Runtime, ability: Ability): boolean {
  return gaps[runtime]?.includes(ability) ?? false;
}

export interface FishError {
  statusCode: number;
  status: number;
  message: string;
  error: string;
  detail: string;
}

export interface OpenaiError {
  error: { message: string; type: string; param: string | null; code: string };
}

const json = { 'content-type': 'application/json' };
const keptDeadlineMs = 45_000;

/** Begins the text of a speech (a tone: silence would be trimmed) that goes on until `origin().release()`, or until its client leaves. */
export const endless = '[[endless]] [[chunkBytes=4000]] [[chunkMs=50]]';

/** For a test that starts servers: a slow machine takes seconds for each. */
export const startingMs = 90_000;
/** The same, and loads models. */
export const loadingMs = 300_000;

export function post(url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    ...init,
    headers: { ...json, ...init.headers },
  });
}

/** What `ask` is answered once what it asks for is kept: the client that heard it first may know its end a moment sooner. */
export async function whenKept(ask: () => Promise<Response>): Promise<Response> {
  for (const until = Date.now() + keptDeadlineMs; ; ) {
    const response = await ask();
    if (response.headers.get('x-cache') === 'hit' || Date.now() > until) return response;
    await response.arrayBuffer();
  }
}

/** Has the embedded voice and recogniser loaded, in whatever time that takes: in a conversation nobody waits so long for a text. */
export async function loadEmbedded(url: string): Promise<void> {
  const spoken = await post(`${url}/v1/audio/speech`, { input: 'Hello.', response_format: 'wav' });
  const form = new FormData();
  form.append('file', await spoken.blob(), 'hello.wav');
  const heard = await fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', body: form });
  if (!heard.ok) throw new Error(`The recogniser answered ${heard.status}: ${await heard.text()}`);
  await heard.arrayBuffer();
}

export async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

export function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

export function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}
