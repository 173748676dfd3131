import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { expect, onTestFinished, test } from 'vitest';
import { buildBundle } from '../conformance/workerd.ts';
import { startFakeOrigin } from '../fake-origin.ts';

interface Point {
  readonly indexes: readonly string[];
  readonly blobs: readonly string[];
  readonly doubles: readonly number[];
}

/** Takes points as Analytics Engine does, and shows them. */
const dataset = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  const points = [];
  export default class extends WorkerEntrypoint {
    writeDataPoint(point) { points.push(point); }
    fetch() { return Response.json(points); }
  }
`;
const compatibilityDate = '2026-11-01';

test('a Worker with a dataset writes one point for each request, when its answer has ended', async () => {
  const bundle = buildBundle();
  const origin = await startFakeOrigin();
  const wasm = readdirSync(bundle).filter((file) => file.endsWith('.wasm'));
  const options = convertV4MiniflareOptions({
    workers: [
      {
        name: 'edge',
        modulesRoot: bundle,
        modules: [
          { type: 'ESModule', path: join(bundle, 'worker.js') },
          ...wasm.map((file) => ({ type: 'CompiledWasm' as const, path: join(bundle, file) })),
        ],
        compatibilityDate,
        compatibilityFlags: ['enable_request_signal'],
        bindings: { FISH_BACKEND: origin.url, FISH_LOG_LEVEL: 'error' },
        durableObjects: { POOL: { className: 'Pool', useSQLite: true } },
        serviceBindings: { METRICS: 'dataset' },
      },
      { name: 'dataset', modules: true, script: dataset, compatibilityDate },
    ],
  });
  const worker = new Miniflare(options);
  onTestFinished(async () => {
    await worker.dispose();
    await origin.close();
  });
  const points = async (): Promise<readonly Point[]> => {
    const shown = (await worker.getWorker('dataset')) as unknown as { fetch(url: string): Promise<Response> };
    const told = await shown.fetch('http://dataset/');
    return (await told.json()) as readonly Point[];
  };

  const body = JSON.stringify({ input: 'A secret.', response_format: 'wav' });
  const headers = { 'content-type': 'application/json' };
  const spoken = await worker.dispatchFetch('http://edge/v1/audio/speech', { method: 'POST', headers, body });
  await spoken.arrayBuffer();
  await (await worker.dispatchFetch('http://edge/chosen/by/a/client')).arrayBuffer();
  await expect.poll(async () => (await points()).length, { timeout: 20_000 }).toBe(2);
  const [speech, nowhere] = await points();
  const route = '/v1/audio/speech';
  expect(speech).toEqual({
    indexes: [route],
    blobs: [route, 'POST', 'openai', 'finished', '', 'fish', 'miss'],
    doubles: Array.from({ length: 5 }, () => expect.any(Number)),
  });
  expect(speech?.doubles[0]).toBe(200);
  expect(speech?.doubles[4]).toBeGreaterThan(0.1);
  expect(nowhere?.blobs).toEqual(['unmatched', 'GET', 'none', 'finished', 'not_found', '', '']);
  expect(JSON.stringify(await points())).not.toMatch(/secret|chosen/);
}, 90_000);
