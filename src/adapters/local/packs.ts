import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import * as z from 'zod';
import type { InstalledPack } from '../../core/ports.ts';
import { packs, pinsOf } from '../../engine/onnx/packs/manifest.ts';
import type { AddedVoicePack, VoicePack } from '../../engine/onnx/packs/pack.ts';
import { originalRole, prepareVersion } from '../../engine/onnx/prepare/version.ts';

const installedFile = z.object({
  /** Path in the pack's folder. */
  name: z.string(),
  bytes: z.number(),
  sha256: z.string(),
});
export type InstalledFile = Readonly<z.infer<typeof installedFile>>;

/** `installed.json`: written last, after every file was verified. */
const installedRecord = z.object({
  id: z.string(),
  /** By role, the originals of prepared files among them. */
  files: z.record(z.string(), installedFile),
  /** The prepare version that made the prepared files; 0 where nothing is prepared. */
  prepared: z.number(),
  revision: z.string(),
});
export type InstalledRecord = Readonly<z.infer<typeof installedRecord>>;

export const recordName = 'installed.json';

/** A folder's name, beside which files of the data folder have others. */
export function isPackName(name: string): boolean {
  return /^[a-z0-9](?:[\w.-]{0,62}\w)?$/i.test(name) && !/\.(?:lock|txt)$/i.test(name);
}

/** `pack.json`: what the manifest would say of a voice that a user added. */
const addedPack = z.object({
  id: z.string().refine(isPackName),
  family: z.literal('piper'),
  language: z.string().max(64),
  rate: z.int().min(8000).max(48_000),
  license: z.object({ spdx: z.string().max(128), note: z.string().max(300) }),
  files: z.array(installedFile.extend({ role: z.string() })).max(8),
  sources: z.tuple([]),
  voices: z
    .array(
      z.object({
        id: z.string().max(256),
        name: z.string().max(128),
        description: z.string().max(300),
        language: z.string().max(64),
        aliases: z.array(z.string().max(128)).max(8),
      }),
    )
    .max(1000),
  needsEspeak: z.array(z.string().max(256)).max(1000),
  isAdded: z.literal(true),
  loudness: z.number().min(-70).max(10).optional(),
});

export const addedName = 'pack.json';
/** Folders of packs that are looked into. */
const MAX_ADDED = 1000;

/** Where voice packs live: the argument, else FISH_DATA_DIR, else the user's data folder. */
export function dataFolder(asked?: string): string {
  const chosen = asked || process.env.FISH_DATA_DIR;
  return chosen ? resolve(chosen) : envPaths('fish-edge', { suffix: '' }).data;
}

export function packFolder(dataDir: string, id: string): string {
  return join(dataDir, 'packs', id);
}

/** What `installed.json` says, whether or not it fits the manifest; undefined when there is none that can be read. */
export async function readRecord(dataDir: string, id: string): Promise<InstalledRecord | undefined> {
  try {
    const text = await readFile(join(packFolder(dataDir, id), recordName), 'utf8');
    const parsed = installedRecord.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Were these the files that the manifest asks for, verified when they were written? */
export function holdsManifest(record: InstalledRecord, pack: VoicePack): boolean {
  return pack.files.every((file) => {
    const there = record.files[file.role];
    return there !== undefined && pinsOf(pack, file).some((pin) => pin.sha256 === there.sha256);
  });
}

async function sizesAgree(folder: string, record: InstalledRecord): Promise<boolean> {
  const checks = Object.values(record.files).map(async (file) => {
    const found = await stat(join(folder, file.name)).catch(() => undefined);
    return found?.size === file.bytes;
  });
  return (await Promise.all(checks)).every(Boolean);
}

/** Hash over the content that an engine opens. */
export function revisionOf(files: Readonly<Record<string, InstalledFile>>): string {
  const lines = Object.entries(files)
    .filter(([role]) => role !== originalRole)
    .map(([role, file]) => `${role} ${file.sha256}\n`)
    .sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

export function describeInstalled(dataDir: string, record: InstalledRecord): InstalledPack {
  const folder = packFolder(dataDir, record.id);
  const opened = Object.entries(record.files).filter(([role]) => role !== originalRole);
  const files = Object.fromEntries(opened.map(([role, file]) => [role, join(folder, file.name)]));
  return { id: record.id, revision: record.revision, files };
}

/**
 * The pack, if it is complete, of this manifest, and prepared. Cheap: it trusts the hashes that were checked when the
 * files were written and looks at sizes only; `fish-ctl models list --verify` reads every byte.
 */
export async function installedPack(dataDir: string, pack: VoicePack): Promise<InstalledPack | undefined> {
  const record = await readRecord(dataDir, pack.id);
  if (!record || record.id !== pack.id) return undefined;
  if (record.prepared !== prepareVersion(pack.family) || !holdsManifest(record, pack)) return undefined;
  if (!(await sizesAgree(packFolder(dataDir, pack.id), record))) return undefined;
  const installed = describeInstalled(dataDir, record);
  return isAdded(pack) ? { ...installed, added: pack } : installed;
}

export function isAdded(pack: VoicePack): pack is AddedVoicePack {
  return 'isAdded' in pack;
}

/** Every installed pack: those of the manifest in its order, then those that a user added, by id. */
export async function installedPacks(dataDir: string): Promise<InstalledPack[]> {
  const all = [...packs, ...(await addedPacks(dataDir))];
  const found = await Promise.all(all.map((pack) => installedPack(dataDir, pack)));
  return found.filter((pack) => pack !== undefined);
}

/** The packs that a user added, by id. One that lost its record is being removed. */
export async function addedPacks(dataDir: string): Promise<AddedVoicePack[]> {
  const names = await readdir(join(dataDir, 'packs')).catch((): string[] => []);
  const found = await Promise.all(
    names
      .filter((name) => packs.every(({ id }) => id !== name))
      .sort()
      .slice(0, MAX_ADDED)
      .map((name) => readAdded(dataDir, name)),
  );
  return found.filter((pack) => pack !== undefined);
}

async function readAdded(dataDir: string, id: string): Promise<AddedVoicePack | undefined> {
  if (!(await readRecord(dataDir, id))) return undefined;
  try {
    const text = await readFile(join(packFolder(dataDir, id), addedName), 'utf8');
    const parsed = addedPack.safeParse(JSON.parse(text));
    return parsed.success && parsed.data.id === id ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
