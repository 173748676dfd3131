import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataFolder, installedPack, installedPacks } from '../../src/adapters/local/packs.ts';
import { ensureDefaultVoice, ensurePack, pullPack } from '../../src/cli/models/pull.ts';
import { defaultVoicePack, fallbackVoicePack } from '../../src/engine/onnx/packs/manifest.ts';
import type { VoicePack } from '../../src/engine/onnx/packs/pack.ts';
import { decodeModel } from '../../src/engine/onnx/prepare/model.ts';
import { tinyPiper } from '../engine/onnx/tiny-graph.ts';
import {
  packOf,
  pinOf,
  pullOptions,
  recorder,
  sendRange,
  serve,
  someBytes,
  temporaryFolder,
  urlSource,
} from './support.ts';

const voice = someBytes(10_000);

async function servePack(): Promise<{ pack: VoicePack; requests: string[] }> {
  const server = await serve((request, response) => sendRange(request, response, voice));
  return { pack: packOf({ voice }, [urlSource(server.url, 'voice')]), requests: server.requests };
}

test('an installed pack costs no network', async () => {
  const dataDir = temporaryFolder();
  const { pack, requests } = await servePack();
  const first = await pullPack(pack, pullOptions(dataDir));
  expect(await pullPack(pack, pullOptions(dataDir))).toEqual(first);
  expect(await installedPack(dataDir, pack)).toEqual(first);
  expect(requests).toEqual(['/voice']);
});

test('a file of the wrong size is seen at once, one with a flipped bit by the next pull; both are fetched again', async () => {
  const dataDir = temporaryFolder();
  const { pack, requests } = await servePack();
  const { files } = await pullPack(pack, pullOptions(dataDir));
  truncateSync(files.voice ?? '', 5_000);
  expect(await installedPack(dataDir, pack)).toBeUndefined();
  await pullPack(pack, pullOptions(dataDir));
  writeFileSync(files.voice ?? '', voice.with(17, (voice[17] ?? 0) ^ 1));
  await pullPack(pack, pullOptions(dataDir));
  expect(pinOf(readFileSync(files.voice ?? ''))).toEqual(pinOf(voice));
  expect(requests).toHaveLength(3);
});

test('a pack whose pins changed with a new version is not taken for installed', async () => {
  const dataDir = temporaryFolder();
  const { pack } = await servePack();
  await pullPack(pack, pullOptions(dataDir));
  const newer = packOf({ voice: someBytes(10_000, 2) }, pack.sources);
  expect(await installedPack(dataDir, newer)).toBeUndefined();
});

test('a Piper pack is prepared once, and again without a download when its preparation is outdated', async () => {
  const dataDir = temporaryFolder();
  const graph = tinyPiper();
  const server = await serve((request, response) => sendRange(request, response, graph));
  const progress = recorder();
  const pack: VoicePack = {
    ...packOf({ original: graph }, [urlSource(server.url, 'original')]),
    family: 'piper',
  };
  const first = await pullPack(pack, pullOptions(dataDir, { progress }));
  expect(Object.keys(first.files).sort()).toEqual(['decoder', 'encoder', 'flow']);
  expect(decodeModel(readFileSync(first.files.decoder ?? '')).graph.node.length).toBeGreaterThan(0);
  await pullPack(pack, pullOptions(dataDir, { progress }));
  expect(progress.lines).toEqual(['test-pack: preparing']);
  const recordPath = join(dataDir, 'packs', 'test-pack', 'installed.json');
  writeFileSync(recordPath, JSON.stringify({ ...JSON.parse(readFileSync(recordPath, 'utf8')), prepared: 0 }));
  expect(await installedPack(dataDir, pack)).toBeUndefined();
  expect(await pullPack(pack, pullOptions(dataDir, { progress }))).toEqual(first);
  expect(progress.lines).toHaveLength(2);
  expect(server.requests).toEqual(['/original']);
});

test('a data folder that is a file gives one line that names it', async () => {
  const file = join(temporaryFolder(), 'data');
  writeFileSync(file, '');
  const { pack, requests } = await servePack();
  const error = await pullPack(pack, pullOptions(file)).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ kind: 'disk' });
  expect(String(error)).toMatch(
    /^PackFailure: Cannot write .*data.*: a part of the path is a file\. .*--data-dir or FISH_DATA_DIR\.$/,
  );
  expect(requests).toEqual([]);
});

test.skipIf(!existsSync('/dev/full'))(
  'a full disk ends the pull with one line and no other source (needs /dev/full)',
  async () => {
    const dataDir = temporaryFolder();
    const { pack, requests } = await servePack();
    mkdirSync(join(dataDir, 'partial', 'test-pack'), { recursive: true });
    symlinkSync('/dev/full', join(dataDir, 'partial', 'test-pack', 'voice.part'));
    const both = { ...pack, sources: [...pack.sources, ...pack.sources] };
    await expect(pullPack(both, pullOptions(dataDir))).rejects.toMatchObject({
      kind: 'disk',
      message: expect.stringMatching(/^Cannot write .*: the disk is full\. .*$/),
    });
    expect(requests).toHaveLength(1);
  },
);

test.each(['curie', 'moonshine-tiny'])(
  '%s is no voice, and refused with the names of those there are',
  async (id) => {
    await expect(ensurePack(id, pullOptions(temporaryFolder()))).rejects.toThrow(
      `There is no voice ${id}. Known packs: en_US-joe-medium, kokoro-82m-v1.0.`,
    );
  },
);

const realFolder = dataFolder();
const real = (await installedPacks(realFolder)).map((pack) => pack.id);

test.skipIf(!real.includes(fallbackVoicePack))(
  'where the default voice cannot be reached Kokoro takes its place and says why (needs an installed Kokoro)',
  async () => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'packs'));
    symlinkSync(join(realFolder, 'packs', fallbackVoicePack), join(dataDir, 'packs', fallbackVoicePack));
    const requests: string[] = [];
    const unreachable = async (input: unknown): Promise<Response> => {
      requests.push(String(input));
      throw new TypeError('fetch failed', { cause: new Error('no route to host') });
    };
    const options = pullOptions(dataDir, { fetch: unreachable as typeof fetch });
    const first = await ensureDefaultVoice(undefined, options);
    expect(first.pack.id).toBe(fallbackVoicePack);
    expect(first.replaced).toMatchObject({
      wanted: defaultVoicePack,
      why: expect.stringContaining('no route to host'),
    });
    expect(first.replaced?.why).not.toContain('\n');
    expect(await ensureDefaultVoice(undefined, options)).toEqual(first);
    expect(requests).toHaveLength(1);
    await expect(ensureDefaultVoice(defaultVoicePack, options)).rejects.toThrow('Could not fetch');
    renameSync(join(dataDir, 'packs', fallbackVoicePack), join(dataDir, 'kokoro'));
  },
);
