import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addedPacks, installedPack } from '../../adapters/local/packs.ts';
import type { InstalledPack } from '../../core/ports.ts';
import { defaultVoicePack, fallbackVoicePack, findPack, packs } from '../../engine/onnx/packs/manifest.ts';
import type { VoicePack } from '../../engine/onnx/packs/pack.ts';
import { isFinal, PackFailure } from './failure.ts';
import type { PullOptions } from './install.ts';

/**
 * Fetches, verifies and prepares a pack; one that is there is read through and hashed, and only what is missing or
 * damaged is fetched. Several processes may pull at once: one works, the others wait for it.
 *
 * Throws a `PackFailure` whose message says what to do.
 */
export async function pullPack(pack: VoicePack, options: PullOptions): Promise<InstalledPack> {
  const { withLock } = await import('./lock.ts');
  const { installPack } = await import('./install.ts');
  const signal = options.signal ?? new AbortController().signal;
  const waiting = (): void => {
    options.progress.say(`${pack.id}: another process is fetching it, waiting`);
    options.progress.stage?.('waiting');
  };
  const lock = join(options.dataDir, 'packs', `${pack.id}.lock`);
  return withLock(lock, signal, waiting, () => installPack(pack, { ...options, signal }));
}

/** The pack as it is installed; pulls it when it is not. An installed one costs no network and no hashing. */
export async function ensurePack(id: string, options: PullOptions): Promise<InstalledPack> {
  const pack = findPack(id) ?? (await findAdded(id, options.dataDir));
  if (!pack || pack.voices.length === 0)
    throw new PackFailure('unreachable', `There is no voice ${id}. Known packs: ${voicePacks()}.`);
  return (await installedPack(options.dataDir, pack)) ?? pullPack(pack, options);
}

/** The user's own pack of that id, or the one that holds the voice. */
async function findAdded(id: string, dataDir: string): Promise<VoicePack | undefined> {
  const added = await addedPacks(dataDir);
  return added.find((pack) => pack.id === id || pack.voices.some((voice) => voice.id === id));
}

/** Those that speak; others listen. */
function voicePacks(): string {
  const speaking = packs.filter(({ voices }) => voices.length > 0);
  return speaking.map(({ id }) => id).join(', ');
}

export interface EnsuredVoice {
  readonly pack: InstalledPack;
  /** Set when another pack had to take the default's place: one line for the user. */
  readonly replaced?: { readonly wanted: string; readonly why: string };
}

/**
 * The pack that speaks when nobody names a voice. `wanted` is a pack or voice id that the user configured: it is
 * fetched or the call fails. Without one it is the default voice; where its sources cannot be reached, the fallback
 * takes its place for a day before the default is tried again.
 */
export async function ensureDefaultVoice(
  wanted: string | undefined,
  options: PullOptions,
): Promise<EnsuredVoice> {
  const ready = await readyVoice(wanted, options.dataDir);
  if (ready) return ready;
  if (wanted) return { pack: await ensurePack(wanted, options) };
  try {
    return { pack: await ensurePack(defaultVoicePack, options) };
  } catch (error) {
    if (!(error instanceof PackFailure) || isFinal(error)) throw error;
    const pack = await ensurePack(fallbackVoicePack, options);
    await writeReplacement(options.dataDir, error.brief);
    return { pack, replaced: { wanted: defaultVoicePack, why: error.brief } };
  }
}

/** What `ensureDefaultVoice` finds without fetching anything. */
export async function readyVoice(
  wanted: string | undefined,
  dataDir: string,
): Promise<EnsuredVoice | undefined> {
  const there = await installed(wanted ?? defaultVoicePack, dataDir);
  if (there) return { pack: there };
  const why = wanted ? undefined : await readReplacement(dataDir);
  const standIn = why === undefined ? undefined : await installed(fallbackVoicePack, dataDir);
  return why !== undefined && standIn
    ? { pack: standIn, replaced: { wanted: defaultVoicePack, why } }
    : undefined;
}

/** A pack that speaks, by its id or a voice's. */
async function installed(id: string, dataDir: string): Promise<InstalledPack | undefined> {
  const pack = findPack(id) ?? (await findAdded(id, dataDir));
  return pack && pack.voices.length > 0 ? installedPack(dataDir, pack) : undefined;
}

/** So long the fallback voice speaks without a look at the default's sources. */
const RETRY_MS = 24 * 60 * 60 * 1000;

const pathOf = (dataDir: string): string => join(dataDir, 'packs', 'default-voice-replaced.txt');

/** Why the default voice was replaced less than a day ago; undefined when it was not. */
async function readReplacement(dataDir: string): Promise<string | undefined> {
  try {
    const { mtimeMs } = await stat(pathOf(dataDir));
    if (Date.now() - mtimeMs > RETRY_MS) return undefined;
    return await readFile(pathOf(dataDir), 'utf8');
  } catch {
    return undefined;
  }
}

async function writeReplacement(dataDir: string, why: string): Promise<void> {
  await writeFile(pathOf(dataDir), why);
}
