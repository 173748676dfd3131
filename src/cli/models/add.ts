import { createHash } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { spawnInference } from '#inference';
import { localClock } from '../../adapters/local/local.ts';
import { addedName, addedPacks, isPackName, packFolder, readRecord } from '../../adapters/local/packs.ts';
import { loudnessOf } from '../../audio/dsp/loudness.ts';
import { toInt16 } from '../../audio/pcm.ts';
import type { InstalledPack } from '../../core/ports.ts';
import { defaultSampling } from '../../core/request.ts';
import { findVoice, namesNoVoice } from '../../core/voices.ts';
import { packs } from '../../engine/onnx/packs/manifest.ts';
import type { AddedVoicePack, PackFile } from '../../engine/onnx/packs/pack.ts';
import { describe, onDisk, PackFailure } from './failure.ts';
import { installPack, type PullOptions, writeWhole } from './install.ts';
import { withLock } from './lock.ts';

export interface VoiceToAdd {
  /** An ONNX file, and its JSON: `<model>.json` when absent. */
  readonly model: string;
  readonly config?: string | undefined;
  /** The model's name without `.onnx` when absent. */
  readonly id?: string | undefined;
  readonly language?: string | undefined;
  readonly license?: string | undefined;
}

export interface AddedVoice {
  readonly pack: AddedVoicePack;
  /** False where its phonemes need a package that is not installed. */
  readonly speaks: boolean;
}

/** Piper's largest have 115 MB; preparing takes about four times as much memory. */
const MAX_MODEL_BYTES = 256 * 1024 * 1024;
const MAX_CONFIG_BYTES = 1024 * 1024;

/** The files are no voice, or its name cannot be had: nothing was stored. */
class Refused extends PackFailure {
  constructor(message: string) {
    super('wrong-content', `Nothing was added: ${message}.`);
  }
}

/**
 * Copies a Piper voice into the data folder, prepares it and lets it say a word; only then is it there, all at once.
 * @throws PackFailure whose message says why it was refused
 */
export async function addVoice(
  asked: VoiceToAdd,
  options: PullOptions & { readonly signal: AbortSignal },
): Promise<AddedVoice> {
  const { dataDir, signal, progress } = options;
  const id = asked.id ?? basename(asked.model).replace(/\.onnx$/i, '');
  await checkId(id, dataDir);
  const model = await readBounded(asked.model, MAX_MODEL_BYTES);
  const config = await readBounded(asked.config ?? `${asked.model}.json`, MAX_CONFIG_BYTES);
  const { describePiper } = await import('../../engine/onnx/packs/describe-piper.ts');
  const files = [fileOf('original', `${id}.onnx`, model), fileOf('config', `${id}.onnx.json`, config)];
  const about = { id, files, language: asked.language, license: asked.license };
  const pack = refuse(() => describePiper(model, new TextDecoder().decode(config), about));

  const lock = join(dataDir, 'packs', `${id}.lock`);
  const waiting = (): void => progress.say(`${id}: another process is adding it, waiting`);
  return withLock(lock, signal, waiting, async () => {
    const staging = join(dataDir, 'partial', `added-${id}`);
    try {
      await checkId(id, dataDir);
      await onDisk(staging, () => rm(staging, { recursive: true, force: true }));
      const folder = packFolder(staging, id);
      await onDisk(folder, async () => {
        for (const [index, bytes] of [model, config].entries())
          await writeWhole(join(folder, files[index]?.name ?? ''), bytes);
        await writeAbout(folder, pack);
      });
      const installed = await prepared(pack, { ...options, dataDir: staging });
      progress.say(`${id}: trying it`);
      const { speaks, loudness } = await tryVoice({ ...installed, added: pack });
      const heard = { ...pack, loudness };
      await onDisk(folder, () => writeAbout(folder, heard));
      if (signal.aborted) throw new PackFailure('cancelled', 'Stopped; nothing was added.');
      await onDisk(dataDir, () => moveInto(folder, packFolder(dataDir, id)));
      return { pack: heard, speaks };
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  });
}

/** @throws Refused for a name that no folder should have, or that somebody has already */
export async function checkId(id: string, dataDir: string): Promise<void> {
  if (!isPackName(id))
    throw new Refused(
      `${JSON.stringify(id.slice(0, 80))} cannot be its name: give it one of letters, digits, - _ . with --id`,
    );
  const known = packs.flatMap(({ voices }) => voices);
  const same = (other: string): boolean => other.toLowerCase() === id.toLowerCase();
  if (namesNoVoice(id) || findVoice(id, known) || packs.some((pack) => same(pack.id)))
    throw new Refused(`there is a voice ${id} already: choose another name with --id`);
  const added = await addedPacks(dataDir);
  if (added.some((pack) => same(pack.id)))
    throw new Refused(`${id} was added before: remove it first, or choose another name with --id`);
  const folders = await readdir(join(dataDir, 'packs')).catch((): string[] => []);
  const other = folders.find((name) => same(name) && name !== id);
  if (other !== undefined)
    throw new Refused(`there is a folder ${other} already: choose another name with --id`);
  if (await readRecord(dataDir, id))
    throw new Refused(`there is a pack ${id} already: choose another name with --id`);
}

async function readBounded(path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Refused(`${path} is no file`);
    if (found.size > maxBytes) throw new Refused(`${path} has more than ${maxBytes / 2 ** 20} MiB`);
    const handle = await open(path, 'r');
    try {
      const bytes = new Uint8Array(found.size);
      let at = 0;
      while (at < bytes.length) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, at);
        if (bytesRead === 0) throw new Refused(`${path} became shorter while it was read`);
        at += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof PackFailure) throw error;
    throw new Refused(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? describe(error)})`);
  }
}

function fileOf(role: string, name: string, bytes: Uint8Array): PackFile {
  return { role, name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function refuse<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Refused(describe(error));
  }
}

async function prepared(
  pack: AddedVoicePack,
  options: PullOptions & { readonly signal: AbortSignal },
): Promise<InstalledPack> {
  try {
    return await installPack(pack, options);
  } catch (error) {
    throw error instanceof PackFailure ? error : new Refused(describe(error)); // a graph that cannot be cut
  }
}

function writeAbout(folder: string, pack: AddedVoicePack): Promise<void> {
  const about = `${JSON.stringify(pack, undefined, 2)}\n`;
  return writeWhole(join(folder, addedName), new TextEncoder().encode(about));
}

/** Every language says numbers. */
const TRIAL = '1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12.';

interface Trial {
  /** False where its language needs what is not installed. */
  readonly speaks: boolean;
  /** LUFS */
  readonly loudness?: number;
}

/** Lets it say some words to nobody. @throws Refused when it cannot speak */
async function tryVoice(pack: InstalledPack): Promise<Trial> {
  const { createOnnxEngine } = await import('../../engine/onnx/engine.ts');
  const ports = { packs: async () => [pack], spawnInference, clock: localClock };
  const gain = (): number => 1;
  const engine = createOnnxEngine({ workers: 1, threads: 1, gain, runtime: async () => 'wasm' }, ports);
  try {
    if ((await engine.voices()).length === 0) return { speaks: false };
    const said = { text: TRIAL, speed: 1, references: [], sampling: defaultSampling, whole: true };
    const { body, rate } = await engine.open(said, new AbortController().signal);
    const pcm = new Uint8Array(await new Response(body).arrayBuffer());
    const loudness = loudnessOf(
      Array.from(toInt16(pcm), (sample) => sample / 32_768),
      rate,
    );
    return { speaks: true, ...(Number.isFinite(loudness) && { loudness: Math.round(loudness * 100) / 100 }) };
  } catch (error) {
    throw new Refused(`the voice cannot speak: ${describe(error)}`);
  } finally {
    await engine.close?.();
  }
}

/** All of a pack at once. What lies there without a record is the rest of one that was removed. */
async function moveInto(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await rename(from, to);
}
