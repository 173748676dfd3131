import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { dataFolder, installedPacks } from '../../src/adapters/local/packs.ts';
import { factsOf, readTuning, type Tuning, writeTuning } from '../../src/cli/models/tuned.ts';
import type { Measured } from '../../src/engine/onnx/tuning/choose.ts';
import { hasRuntime, type Runtime, startServer } from '../conformance/server.ts';
import { joe, kokoro, missing } from '../engine/onnx/onnx-support.ts';

const root = join(import.meta.dirname, '../..');
const entry = join(root, 'src/cli/fish-ctl.ts');
const patience = { timeout: 300_000 };

/** A data folder with some of the tester's packs, below the project's: Deno may read there. */
function folderWith(...packs: string[]): string {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', 'tuned-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'packs'));
  for (const pack of packs) symlinkSync(join(dataFolder(), 'packs', pack), join(folder, 'packs', pack));
  return folder;
}

const figure = (pack: string, voice: string, factor: number, misheard: number): Measured => {
  const rest = { runtime: 'wasm', threads: 1, precision: 'int8', firstAudioMs: 100, loadMs: 1000 } as const;
  return { pack, voice, factor, misheard, cpu: factor, ...rest };
};

/** As if Kokoro were quick here. */
async function tuningOf(folder: string, heart = 0.3): Promise<Tuning> {
  const figures = [figure(joe, joe, 0.24, 12.8), figure(kokoro, 'af_heart', heart, 5.7)];
  return { measuredAt: '2026-11-22T00:00:00.000Z', facts: factsOf(await installedPacks(folder)), figures };
}

describe('what was measured', () => {
  const skipped = missing(joe);
  test.skipIf(skipped)(`is void once anything is different${skipped ? ` (${skipped})` : ''}`, async () => {
    const folder = folderWith(joe);
    const made = await tuningOf(folder);
    await writeTuning(folder, made);
    expect(await readTuning(folder, made.facts)).toEqual(made);
    const { facts } = made;
    for (const other of [
      { cores: facts.cores + 1 },
      { cpu: 'another' },
      { wasm: '0.0.1' },
      { native: `${facts.native}1` },
      { packs: {} },
      { packs: { ...facts.packs, [joe]: 'another' } },
    ])
      expect(await readTuning(folder, { ...facts, ...other }), JSON.stringify(other)).toBeUndefined();
  });

  test('is nothing where the file is damaged', async () => {
    const folder = folderWith();
    for (const text of ['', '{', '{}', '[]', '{"measuredAt":1}', JSON.stringify({ figures: [{}] })]) {
      writeFileSync(join(folder, 'tuned.json'), text);
      expect(await readTuning(folder, factsOf([]))).toBeUndefined();
    }
  });
});

describe('fish-ctl models tune', patience, () => {
  const run = (...args: string[]) => {
    const env = { ...process.env, FISH_DATA_DIR: '' };
    return spawnSync(process.execPath, [entry, 'models', ...args], { encoding: 'utf8', env });
  };

  test('says so where there is no voice', () => {
    const { status, stderr } = run('tune', '--data-dir', folderWith());
    expect([status, stderr]).toEqual([
      1,
      'There is no voice to measure. Fetch one: npm run fish-ctl -- models pull\n',
    ]);
  });

  const skipped = missing(joe);
  test.skipIf(skipped)(
    `lets the voice speak, keeps what that took, and list shows it${skipped ? ` (${skipped})` : ''}`,
    () => {
      const folder = folderWith(joe);
      const dry = run('tune', '--json', '--dry-run', '--data-dir', folder);
      expect(dry.stderr).toMatch(/measuring en_US-joe-medium, wasm, 1 threads \(1 of \d\)/);
      const made = JSON.parse(dry.stdout) as Tuning & { chosen: Measured; kept: boolean };
      expect([made.chosen.voice, made.kept]).toEqual([joe, false]);
      expect(made.figures.length).toBeGreaterThan(0);
      for (const { factor, cpu, firstAudioMs, loadMs } of made.figures) {
        expect(factor).toBeGreaterThan(0.01);
        expect(cpu).toBeGreaterThan(0.01);
        expect(firstAudioMs).toBeGreaterThan(1);
        expect(loadMs).toBeGreaterThan(1);
      }
      expect(existsSync(join(folder, 'tuned.json'))).toBe(false);
      const { kept, chosen, ...kind } = made;
      writeFileSync(join(folder, 'tuned.json'), JSON.stringify(kind));
      const listed = run('list', '--data-dir', folder).stdout;
      expect(listed).toMatch(/^PACK.*\nen_US-joe-medium \(default\) +installed/);
      expect(listed).toMatch(
        /\nDefault voice: en_US-joe-medium \((wasm|native), \d threads?\): real-time factor [\d.]+,/,
      );
      expect(listed).toContain('FISH_VOICE');
      expect(JSON.parse(run('list', '--json', '--data-dir', folder).stdout).tuning.chosen).toEqual(chosen);
      expect(kept).toBe(false);
    },
  );
});

describe('a server that has voices to choose from, and no figures', patience, () => {
  const skipped =
    missing(joe) ??
    missing(kokoro) ??
    (process.availableMemory() > 2e9 && availableParallelism() > 1 ? undefined : 'the machine is too small');
  test.skipIf(skipped)(
    `measures them by itself, until somebody asks for speech${skipped ? ` (${skipped})` : ''}`,
    async () => {
      const folder = folderWith(joe, kokoro);
      const server = await startServer('node', { env: { FISH_DATA_DIR: folder, FISH_TUNE: 'on' } });
      const saying = (text: string) => () =>
        server.logs.some(({ message }) => String(message).includes(text));
      try {
        await expect
          .poll(saying('the voices are measured, while nobody asks'), { timeout: 120_000 })
          .toBe(true);
        const said = await fetch(`${server.url}/v1/audio/speech`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            input: 'Nobody answered the door, and nobody came.',
            response_format: 'wav',
          }),
        });
        expect(said.status).toBe(200);
        expect((await said.arrayBuffer()).byteLength).toBeGreaterThan(20_000);
        await expect.poll(saying('the voices were not measured'), { timeout: 60_000 }).toBe(true);
        expect(existsSync(join(folder, 'tuned.json'))).toBe(false);
      } finally {
        server.signal('SIGTERM');
        expect(await server.exited).toBe(0);
      }
    },
  );
});

const runtimes = (['node', 'bun', 'deno'] as const satisfies readonly Runtime[]).filter(hasRuntime);

describe.for(runtimes)('a server on %s', (runtime) => {
  const skipped = missing(joe) ?? missing(kokoro);
  const start = (folder: string, more: Record<string, string> = {}) =>
    startServer(runtime, { env: { FISH_DATA_DIR: folder, FISH_TUNE: 'on', FISH_PREWARM: 'false', ...more } });
  const firstVoice = async (url: string): Promise<string | undefined> => {
    const { data } = (await (await fetch(`${url}/v1/audio/voices`)).json()) as { data: { id: string }[] };
    return data[0]?.id;
  };

  test.skipIf(skipped)(
    `speaks with the voice that was chosen, unless another one is named${skipped ? ` (${skipped})` : ''}`,
    patience,
    async () => {
      const folder = folderWith(joe, kokoro);
      const ask = async (more?: Record<string, string>): Promise<(string | undefined)[]> => {
        const server = await start(folder, more);
        try {
          const first = await firstVoice(server.url);
          await expect.poll(() => server.logs.some(({ message }) => message === 'request')).toBe(true); // all lines before it are here
          const said = server.logs.find(({ message }) =>
            String(message).startsWith('the default voice was chosen'),
          );
          return [first, said?.choice as string | undefined];
        } finally {
          await server.stop();
        }
      };
      expect(await ask()).toEqual([joe, undefined]);
      await writeTuning(folder, await tuningOf(folder));
      expect(await ask()).toEqual([
        'af_heart',
        'af_heart (wasm, 1 thread): real-time factor 0.30, 5.7 of 100 words misheard',
      ]);
      expect(await ask({ FISH_VOICE: 'joe' })).toEqual([joe, undefined]);
      expect(await ask({ FISH_TUNE: 'off' })).toEqual([joe, undefined]);
      await writeTuning(folder, await tuningOf(folder, 0.6));
      expect((await ask())[0]).toBe(joe);
      const text = readFileSync(join(folder, 'tuned.json'), 'utf8');
      writeFileSync(join(folder, 'tuned.json'), text.replace(/"cores": \d+/, '"cores": 999'));
      expect(await ask()).toEqual([joe, undefined]);
    },
  );
});
