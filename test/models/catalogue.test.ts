import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dataFolder, installedPack, installedPacks, packFolder } from '../../src/adapters/local/packs.ts';
import { addFromCatalogue, type CatalogueVoiceToAdd } from '../../src/cli/models/add-from-catalogue.ts';
import { fetchCatalogue } from '../../src/cli/models/catalogue.ts';
import { runModels } from '../../src/cli/models/command.ts';
import type { PullOptions } from '../../src/cli/models/install.ts';
import { joePack } from '../../src/engine/onnx/packs/piper.ts';
import {
  breakOff,
  pullOptions,
  recorder,
  sendRange,
  serve,
  someBytes,
  type TestServer,
  temporaryFolder,
} from './support.ts';

const folder = packFolder(dataFolder(), joePack.id);
const missing = (await installedPack(dataFolder(), joePack)) ? undefined : 'joe is not installed';
const why = missing ? ` (skipped: ${missing})` : '';

const path = 'en/en_US/harbor/medium/en_US-harbor-medium';
const card = Buffer.from(
  '# Model card for harbor\n\n## Dataset\n\n* URL: https://example.com\n* License: CC0 (public domain)\n',
);
const fileOf = (bytes: Uint8Array) => ({
  size_bytes: bytes.length,
  md5_digest: createHash('md5').update(bytes).digest('hex'),
});

/** As rhasspy/piper-voices has it. */
function catalogueOf(files: Readonly<Record<string, Uint8Array>>): object {
  return {
    'en_US-harbor-medium': {
      key: 'en_US-harbor-medium',
      name: 'harbor',
      language: {
        code: 'en_US',
        family: 'en',
        region: 'US',
        name_native: 'English',
        name_english: 'English',
        country_english: 'United States',
      },
      quality: 'medium',
      num_speakers: 1,
      speaker_id_map: {},
      files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, fileOf(bytes)])),
      aliases: ['en-us-harbor'],
    },
  };
}

const smallFiles = {
  [`${path}.onnx`]: someBytes(200_000),
  [`${path}.onnx.json`]: Buffer.from('{}'),
  'en/MODEL_CARD': card,
};

function serveCatalogue(
  files: Readonly<Record<string, Uint8Array>>,
  catalogue: unknown = catalogueOf(files),
): Promise<TestServer> {
  return serve((request, response) => {
    const name = (request.url ?? '').slice(1);
    const bytes = name === 'voices.json' ? Buffer.from(JSON.stringify(catalogue)) : files[name];
    if (bytes) sendRange(request, response, bytes);
    else response.writeHead(404).end();
  });
}

const add = (url: string, asked: CatalogueVoiceToAdd, options: PullOptions) =>
  addFromCatalogue(asked, { url }, { ...options, signal: options.signal ?? new AbortController().signal });

const left = (dataDir: string): string[] =>
  existsSync(join(dataDir, 'partial')) ? readdirSync(join(dataDir, 'partial')) : [];

describe.skipIf(missing)(`a voice of the catalogue${why}`, () => {
  const files = (): Record<string, Uint8Array> => ({
    [`${path}.onnx`]: readFileSync(join(folder, joePack.files[0]?.name ?? '')),
    [`${path}.onnx.json`]: readFileSync(join(folder, joePack.files[1]?.name ?? '')),
    'en/en_US/harbor/medium/MODEL_CARD': card,
  });

  test('is fetched by its name, taken up where an earlier run broke off, verified, and speaks', {
    timeout: 240_000,
  }, async () => {
    const [dataDir, progress, all] = [temporaryFolder(), recorder(), files()];
    let isHealthy = false;
    const server = await serve((request, response) => {
      const name = (request.url ?? '').slice(1);
      const bytes = name === 'voices.json' ? Buffer.from(JSON.stringify(catalogueOf(all))) : all[name];
      if (!bytes) response.writeHead(404).end();
      else if (isHealthy || !name.endsWith('.onnx')) sendRange(request, response, bytes);
      else breakOff(response, bytes, 5_000_000, progress);
    });
    const asked = { name: 'EN-us-harbor' };
    const broken = add(server.url, asked, pullOptions(dataDir, { progress }));
    await expect(broken).rejects.toThrow(
      /broke off at \d+ of .*\nRun it again; what arrived so far is kept/s,
    );
    expect(await installedPacks(dataDir)).toEqual([]);
    isHealthy = true;
    const { pack, speaks } = await add(server.url, asked, pullOptions(dataDir));
    expect(server.requests.at(-1)).toMatch(/\.onnx bytes=[1-9]\d{6,}-$/);
    expect({ speaks, ...pack }).toMatchObject({
      speaks: true,
      id: 'en_US-harbor-medium',
      language: 'en-US',
      license: { spdx: 'CC0 (public domain)' },
    });
    expect((await installedPacks(dataDir)).map(({ id }) => id)).toEqual(['en_US-harbor-medium']);
    expect(left(dataDir)).toEqual([]);
    await expect(add(server.url, asked, pullOptions(dataDir))).rejects.toThrow('was added before');
    expect(server.requests.at(-1)).toBe('/voices.json');
  });
});

describe('nothing is added', () => {
  test.each<[string, unknown, string]>([
    ['of a page that is no catalogue', ['voice'], 'is no catalogue of Piper voices'],
    [
      'of a catalogue whose files lie elsewhere',
      catalogueOf({ '../../etc/passwd.onnx': someBytes(10) }),
      'is no catalogue of Piper voices',
    ],
    ['of a catalogue without it', {}, 'There is no voice en_US-harbor-medium in the catalogue.'],
    [
      'without a configuration',
      catalogueOf({ [`${path}.onnx`]: someBytes(10) }),
      'has no files for en_US-harbor-medium',
    ],
  ])('%s', async (_, catalogue, message) => {
    const dataDir = temporaryFolder();
    const server = await serveCatalogue(smallFiles, catalogue);
    await expect(add(server.url, { name: 'en_US-harbor-medium' }, pullOptions(dataDir))).rejects.toThrow(
      message,
    );
    expect([server.requests, left(dataDir)]).toEqual([['/voices.json'], []]);
  });

  test('of bytes that are not those of the catalogue', async () => {
    const dataDir = temporaryFolder();
    const other = { ...smallFiles, [`${path}.onnx`]: someBytes(200_000, 2) };
    const server = await serveCatalogue(other, catalogueOf(smallFiles));
    const adding = add(server.url, { name: 'en_US-harbor-medium' }, pullOptions(dataDir));
    await expect(adding).rejects.toThrow(/md5 [0-9a-f]{32} instead of/);
    expect(await installedPacks(dataDir)).toEqual([]);
  });

  test('of what is no voice, although it is what the catalogue says', async () => {
    const dataDir = temporaryFolder();
    const server = await serveCatalogue(smallFiles);
    const adding = add(server.url, { name: 'en_US-harbor-medium' }, pullOptions(dataDir));
    await expect(adding).rejects.toThrow('Nothing was added');
    expect(left(dataDir)).toEqual([]);
  });

  test('of a catalogue that never ends', async () => {
    const server = await serve((_, response) => {
      const more = (): void => {
        while (response.write(' '.repeat(1_000_000)));
      };
      response.on('drain', more);
      more();
    });
    const options = { ...pullOptions(temporaryFolder()), signal: new AbortController().signal };
    await expect(fetchCatalogue({ url: server.url }, options)).rejects.toThrow('has more than 8 MiB');
  });

  test('when nobody answers, or the user stops it', async () => {
    const silent = await serve(() => {});
    const options = pullOptions(temporaryFolder(), { deadlines: { connect: 200, idle: 200, pip: 200 } });
    await expect(add(silent.url, { name: 'x' }, options)).rejects.toThrow(
      'The catalogue of voices cannot be had',
    );
    const stopped = { ...options, signal: AbortSignal.abort() };
    await expect(add(silent.url, { name: 'x' }, stopped)).rejects.toThrow('Stopped');
  });
});

test('the command shows the catalogue, a language of it, and refuses an address that is none', async () => {
  const server = await serveCatalogue(smallFiles);
  const said: string[] = [];
  const { log, error } = console;
  console.log = console.error = (...parts: unknown[]) => void said.push(parts.join(' '));
  try {
    const show = (...args: string[]) => runModels(['catalogue', ...args, '--catalogue-url', server.url]);
    expect(await show()).toBe(0);
    expect(said.join('\n')).toMatch(
      /NAME .*\nen_US-harbor-medium +English \(United States\) +medium +1 +0 MB/,
    );
    expect([await show('en'), await show('en-US'), await show('de')]).toEqual([0, 0, 1]);
    expect(said.at(-1)).toBe('The catalogue has no voice of the language de.');
    expect(await runModels(['catalogue', '--catalogue-url', 'ftp://x'])).toBe(2);
  } finally {
    Object.assign(console, { log, error });
  }
});
