import { createHash } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../adapters/local/make-folder.ts';
import {
  describeInstalled,
  type InstalledFile,
  type InstalledRecord,
  packFolder,
  readRecord,
  recordName,
  revisionOf,
} from '../../adapters/local/packs.ts';
import type { InstalledPack } from '../../core/ports.ts';
import { pinsOf } from '../../engine/onnx/packs/manifest.ts';
import type { PackFile, Pin, VoicePack } from '../../engine/onnx/packs/pack.ts';
import { preparedRoles, prepareVersion } from '../../engine/onnx/prepare/version.ts';
import { onDisk, PackFailure } from './failure.ts';
import { fetchFiles } from './fetch-pack.ts';
import { hashFile } from './part.ts';
import type { Progress } from './progress.ts';
import { type Deadlines, type DownloadContext, defaultDeadlines } from './source.ts';

export interface PullOptions {
  readonly dataDir: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  readonly fetch?: typeof globalThis.fetch;
  readonly env?: DownloadContext['env'];
  readonly deadlines?: Deadlines;
}

type Files = Record<string, InstalledFile>;

/** Fetches what is missing, prepares what is not prepared, and writes `installed.json` last. Needs the pack's lock. */
export async function installPack(
  pack: VoicePack,
  options: PullOptions & { signal: AbortSignal },
): Promise<InstalledPack> {
  const folder = packFolder(options.dataDir, pack.id);
  const staging = join(options.dataDir, 'partial', pack.id);
  await onDisk(options.dataDir, () => makeFolder(staging));
  await onDisk(options.dataDir, () => makeFolder(folder));
  const originals = await originalFiles(pack, folder, staging, options);
  const prepared =
    (await preparedFiles(pack, options.dataDir)) ?? (await prepare(pack, folder, originals, options));
  const files = { ...originals, ...prepared };
  const record: InstalledRecord = {
    id: pack.id,
    files,
    prepared: prepareVersion(pack.family),
    revision: revisionOf(files),
  };
  const text = `${JSON.stringify(record, undefined, 2)}\n`;
  await onDisk(folder, () => writeWhole(join(folder, recordName), new TextEncoder().encode(text)));
  await rm(staging, { recursive: true, force: true });
  return describeInstalled(options.dataDir, record);
}

async function originalFiles(
  pack: VoicePack,
  folder: string,
  staging: string,
  options: PullOptions & { signal: AbortSignal },
): Promise<Files> {
  const found: Files = {};
  const missing: PackFile[] = [];
  for (const file of pack.files) {
    const there = await adopt(pack, file, folder, staging);
    if (there) found[file.role] = there;
    else missing.push(file);
  }
  if (missing.length === 0) return found;
  const env = options.env ?? process.env;
  const context: DownloadContext = {
    packId: pack.id,
    folder: staging,
    progress: options.progress,
    signal: options.signal,
    fetch: options.fetch ?? (await fetchThroughProxy(env)),
    env,
    deadlines: options.deadlines ?? defaultDeadlines,
  };
  await fetchFiles(pack, missing, context);
  for (const file of missing) {
    const there = await adopt(pack, file, folder, staging);
    if (!there) throw new PackFailure('disk', `${file.name} of ${pack.id} vanished from ${staging}.`);
    found[file.role] = there;
  }
  return found;
}

/** Takes a file that is already in the pack's folder or in staging, if its bytes are right; a wrong one is deleted. */
async function adopt(
  pack: VoicePack,
  file: PackFile,
  folder: string,
  staging: string,
): Promise<InstalledFile | undefined> {
  for (const root of [folder, staging]) {
    const path = join(root, file.name);
    const pin = await pinOf(path, pinsOf(pack, file));
    if (pin && root === staging) {
      await onDisk(folder, async () => {
        await makeFolder(dirname(join(folder, file.name)));
        await rename(path, join(folder, file.name));
      });
    }
    if (pin) return { name: file.name, bytes: pin.bytes, sha256: pin.sha256 };
    await onDisk(path, () => rm(path, { force: true, recursive: true }));
  }
  return undefined;
}

async function pinOf(path: string, pins: readonly Pin[]): Promise<Pin | undefined> {
  const size = (await stat(path).catch(() => undefined))?.size;
  if (!pins.some((pin) => pin.bytes === size)) return undefined;
  const sha256 = await hashFile(path);
  return pins.find((pin) => pin.sha256 === sha256);
}

/** The prepared files of an earlier run, if this version made them and their bytes are still the same. */
async function preparedFiles(pack: VoicePack, dataDir: string): Promise<Files | undefined> {
  const version = prepareVersion(pack.family);
  if (version === 0) return {};
  const record = await readRecord(dataDir, pack.id);
  if (record?.prepared !== version) return undefined;
  const files: Files = {};
  for (const role of preparedRoles) {
    const file = record.files[role];
    if (!file || !(await pinOf(join(packFolder(dataDir, pack.id), file.name), [file]))) return undefined;
    files[role] = file;
  }
  return files;
}

async function prepare(
  pack: VoicePack,
  folder: string,
  originals: Files,
  options: PullOptions,
): Promise<Files> {
  options.progress.say(`${pack.id}: preparing`);
  options.progress.stage?.('preparing');
  const { prepareFiles } = await import('../../engine/onnx/prepare/prepare.ts');
  const bytes: Record<string, Uint8Array> = {};
  for (const [role, file] of Object.entries(originals)) bytes[role] = await readFile(join(folder, file.name));
  // A new version gets new names: files that a running server has open are never replaced.
  const below = `prepared-${prepareVersion(pack.family)}`;
  const files: Files = {};
  for (const [role, content] of Object.entries(prepareFiles(pack.family, bytes))) {
    const name = `${below}/${role}.onnx`;
    await onDisk(folder, () => writeWhole(join(folder, name), content));
    const sha256 = createHash('sha256').update(content).digest('hex');
    files[role] = { name, bytes: content.length, sha256 };
  }
  return files;
}

/** All of it or nothing under that name. */
export async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  const temporary = `${path}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

/** `fetch` that honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY: Bun's and Deno's do by themselves, Node's does not. */
export async function fetchThroughProxy(env: DownloadContext['env']): Promise<typeof globalThis.fetch> {
  const httpProxy = env.http_proxy ?? env.HTTP_PROXY;
  const httpsProxy = env.https_proxy ?? env.HTTPS_PROXY;
  const isNode = !('Bun' in globalThis) && !('Deno' in globalThis);
  if (!isNode || !(httpProxy || httpsProxy)) return globalThis.fetch;
  const { default: undici } = await import('undici'); // in a bundle `import()` of CommonJS gives nothing else
  const { EnvHttpProxyAgent, fetch } = undici;
  const noProxy = env.no_proxy ?? env.NO_PROXY;
  const dispatcher = new EnvHttpProxyAgent({
    ...(httpProxy && { httpProxy }),
    ...(httpsProxy && { httpsProxy }),
    ...(noProxy && { noProxy }),
  });
  type Init = Parameters<typeof fetch>[1];
  const proxied = (input: string, init?: RequestInit) => fetch(input, { ...(init as Init), dispatcher });
  return proxied as unknown as typeof globalThis.fetch;
}
