import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { dataFolder, installedPack } from '../../src/adapters/local/packs.ts';
import { defaultVoicePack, findPack } from '../../src/engine/onnx/packs/manifest.ts';
import { startServer } from '../conformance/server.ts';
import { buildBundle, voiceConfig } from '../conformance/workerd.ts';

/**
 * Of the 128 MB that an isolate has (docs/decisions/0008), what is in use once garbage is collected: how much of that piles up before depends on
 * how fast the machine is, and a runtime that is short of memory collects it.
 */
const MOST_BYTES = 110e6;
const SECONDS = 60;
const LOOK_MS = 250;
const REQUEST_MS = 50;
/** For what takes milliseconds, or seconds on a busy machine: whatever takes longer than this hangs, and is named. */
const HANGS_MS = 60_000;

const pack = findPack(defaultVoicePack);
const isInstalled = pack !== undefined && (await installedPack(dataFolder(), pack)) !== undefined;

/** Put before the script: says how large all WebAssembly memories are, whenever one is made or grows. */
const watch = `{
  const memories = [];
  const { Instance, Memory } = WebAssembly;
  const say = () => console.log(JSON.stringify({ message: 'memories', bytes: memories.map((m) => m.buffer.byteLength) }));
  WebAssembly.Instance = function (...given) {
    const made = new Instance(...given);
    for (const each of Object.values(made.exports)) if (each instanceof Memory) memories.push(each);
    say();
    return made;
  };
  const { grow } = Memory.prototype;
  Memory.prototype.grow = function (pages) { const before = grow.call(this, pages); say(); return before; };
}
`;

function bundleThatSays(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fish-edge-memory-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bundle = buildBundle(voiceConfig);
  for (const file of readdirSync(bundle).filter((name) => name.endsWith('.wasm')))
    copyFileSync(join(bundle, file), join(folder, file));
  writeFileSync(join(folder, 'worker.js'), watch + readFileSync(join(bundle, 'worker.js'), 'utf8'));
  return folder;
}

interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize?: number;
  readonly backingStorageSize?: number;
}

async function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing comes.`)), HANGS_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/**
 * Asks workerd's inspector for the isolate's heap (Chrome DevTools Protocol, HeapProfiler.collectGarbage, Runtime.getHeapUsage). V8 collects in a
 * task of the isolate, and workerd runs such tasks only beside a request: an isolate that is idle never answers, so one is sent until it does.
 */
async function openInspector(
  url: string,
  request: () => Promise<unknown>,
): Promise<{ collect(): Promise<void>; heap(): Promise<number>; close(): void }> {
  const socket = new WebSocket(url, { handshakeTimeout: HANGS_MS });
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  let state = 'open';
  socket.on('close', (code) => {
    state = `closed with ${code}`;
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.on('message', (data) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id === undefined) return;
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  let calls = 0;
  const call = (method: string): Promise<unknown> => {
    const id = ++calls;
    const answered = new Promise<unknown>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method }));
    return inTime(`the inspector (${state}) after ${method}`, answered);
  };
  return {
    async collect() {
      let isCollected = false;
      const collected = call('HeapProfiler.collectGarbage').finally(() => {
        isCollected = true;
      });
      const requests = (async () => {
        while (!isCollected) {
          await inTime('a request beside the collection', request());
          await Promise.race([collected, sleep(REQUEST_MS)]);
        }
      })();
      await Promise.all([collected, requests]);
    },
    async heap() {
      const {
        usedSize,
        embedderHeapUsedSize = 0,
        backingStorageSize = 0,
      } = (await call('Runtime.getHeapUsage')) as HeapUsage;
      return usedSize + embedderHeapUsedSize + backingStorageSize;
    },
    close: () => socket.close(),
  };
}

/** Bytes of the speech. */
async function speak(url: string, input: string): Promise<number> {
  const asked = fetch(`${url}/v1/audio/speech`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input, response_format: 'pcm' }),
  });
  const response = await inTime('the answer', asked);
  expect(response.status).toBe(200);
  let bytes = 0;
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await inTime(`the speech after ${bytes} bytes`, reader.read());
    if (done) break;
    bytes += value.length;
  }
  return bytes;
}

const text = `The committee met on a bright morning in the old town hall, and nobody there expected a long debate.
They spoke about roads, schools and the new library, whose roof had been leaking since the winter. Somebody asked what it would
cost to mend it, and the treasurer, who had prepared a table of figures, answered with a smile that it was less than the party of
last summer. After that there was a silence, in which only the clock could be heard. Then they voted, and all hands went up.`;

test.skipIf(!isInstalled)(
  'a Worker that speaks for a minute needs less than 110 MB: its heap, and WebAssembly (skipped where the voice is not installed)',
  async () => {
    const server = await startServer('workers', {
      bundle: bundleThatSays(),
      env: { FISH_ENGINE: 'onnx', WORKERD_INSPECTOR: '127.0.0.1:0' },
    });
    onTestFinished(() => server.stop());
    const address = (): string | undefined => /^inspector on (\S+)$/m.exec(server.stderr())?.[1];
    await expect.poll(address).toBeDefined();
    const inspector = await openInspector(String(address()), async () =>
      (await fetch(`${server.url}/v1/health`)).arrayBuffer(),
    );
    onTestFinished(() => inspector.close());
    const memories = (): number =>
      server.logs.reduce((most, { message, bytes }) => {
        if (message !== 'memories') return most;
        return Math.max(
          most,
          (bytes as number[]).reduce((sum, each) => sum + each, 0),
        );
      }, 0);
    let [most, heap, mostWithGarbage, isOver] = [0, 0, 0, false];
    const watching = (async () => {
      while (!isOver) {
        mostWithGarbage = Math.max(mostWithGarbage, (await inspector.heap()) + memories());
        await inspector.collect();
        await sleep(LOOK_MS); // collecting stops the speech
        const now = await inspector.heap();
        if (now + memories() > most) [most, heap] = [now + memories(), now];
      }
    })();
    for (let seconds = 0, index = 0; seconds < SECONDS; index++) {
      seconds += (await speak(server.url, `${text} ${index}.`)) / 2 / 24_000;
    }
    isOver = true;
    await watching;
    console.log(
      `at most ${(most / 1e6).toFixed(1)} MB, ${(heap / 1e6).toFixed(1)} of them the heap and its buffers; with garbage ${(mostWithGarbage / 1e6).toFixed(1)} MB`,
    );
    expect(memories()).toBeGreaterThan(20e6);
    expect(heap).toBeGreaterThan(10e6);
    expect(most).toBeLessThan(MOST_BYTES);
  },
  600_000, // at a load of fourteen it takes two minutes
);
