import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../conformance/workerd.ts';

interface Bindings {
  readonly bindings?: Record<string, string>;
  readonly kvNamespaces?: Record<string, string>;
}

let folder: string;
let worker: Miniflare | undefined;
const logs: { message?: string; problem?: string }[] = [];

beforeAll(() => {
  folder = buildBundle();
});
afterEach(async () => {
  await worker?.dispose();
  logs.length = 0;
});

function start(bindings: Bindings): Miniflare {
  const wasm = readdirSync(folder).filter((file) => file.endsWith('.wasm'));
  const options = convertV4MiniflareOptions({
    modulesRoot: folder,
    modules: [
      { type: 'ESModule', path: join(folder, 'worker.js') },
      ...wasm.map((file) => ({ type: 'CompiledWasm' as const, path: join(folder, file) })),
    ],
    compatibilityDate: '2026-11-01',
    handleStructuredLogs({ message }) {
      if (message.startsWith('{')) logs.push(JSON.parse(message));
    },
    ...bindings,
  });
  return new Miniflare(options);
}

const nowhere = 'http://127.0.0.1:1';

describe('a Worker that is set up wrongly', () => {
  it.each<[string, Bindings, string]>([
    ['without an origin', {}, 'FISH_BACKEND'],
    ['with a wrong value', { bindings: { FISH_BACKEND: nowhere, FISH_MAX_BODY: 'much' } }, 'FISH_MAX_BODY'],
    ['with keys that are none', { bindings: { FISH_BACKEND: nowhere, FISH_KEYS: '{}' } }, 'FISH_KEYS'],
    ['with a binding where text belongs', { kvNamespaces: { FISH_BACKEND: 'a' } }, 'FISH_BACKEND'],
    [
      'with a voice that it cannot hold',
      { bindings: { FISH_BACKEND: nowhere, FISH_ENGINE: 'onnx' } },
      'cannot hold',
    ],
    ['with a disk for files', { bindings: { FISH_BACKEND: nowhere, FISH_FILES: 'disk' } }, 'VOICES'],
  ])('%s says what to set in one line, and answers 503', async (_, bindings, word) => {
    worker = start(bindings);
    for (let again = 0; again < 2; again++) {
      const response = await worker.dispatchFetch('http://worker/v1/audio/speech', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"input":"Hi."}',
      });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        error: { message: 'The server is not set up correctly.' },
      });
    }
    const problems = (): typeof logs => logs.filter((line) => line.message === 'wrong setting');
    await expect.poll(problems).toHaveLength(1);
    expect(problems()[0]?.problem).toContain(word);
  });
});
