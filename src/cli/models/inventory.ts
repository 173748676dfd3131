import { join } from 'node:path';
import { holdsManifest, installedPack, isAdded, packFolder, readRecord } from '../../adapters/local/packs.ts';
import type { VoicePack } from '../../engine/onnx/packs/pack.ts';
import { hashFile } from './part.ts';

export interface LookOptions {
  readonly dataDir: string;
  /** Reads all files and compares their sha256. */
  readonly verify: boolean;
}

type State = 'installed' | 'verified' | 'damaged' | 'outdated' | '-';

/** A pack, and what of it is here. */
export interface PackRow {
  readonly id: string;
  readonly state: State;
  readonly family: string;
  readonly language: string;
  /** Of all its voices, that of the first one first. */
  readonly languages: readonly string[];
  readonly voices: number;
  /** Bytes to fetch. */
  readonly bytes: number;
  readonly license: string;
  readonly default: boolean;
  /** By a user: it has no source. */
  readonly added: boolean;
  /** What to put where, for those who fetch by hand. */
  readonly files: VoicePack['files'];
  /** Names of files that are missing or have other bytes than they should. */
  readonly damaged: readonly string[];
}

export async function describePack(
  pack: VoicePack,
  defaultPack: string,
  options: LookOptions,
): Promise<PackRow> {
  const { state, damaged } = await stateOf(pack, options);
  return {
    id: pack.id,
    state,
    family: pack.family,
    language: pack.language,
    languages: [...new Set([pack.language, ...pack.voices.map(({ language }) => language)])],
    voices: pack.voices.length,
    bytes: pack.files.reduce((sum, file) => sum + file.bytes, 0),
    license: pack.license.spdx,
    default: pack.id === defaultPack,
    added: isAdded(pack),
    files: pack.files,
    damaged,
  };
}

async function stateOf(
  pack: VoicePack,
  { dataDir, verify }: LookOptions,
): Promise<{ state: State; damaged: readonly string[] }> {
  const record = await readRecord(dataDir, pack.id);
  if (!record) return { state: '-', damaged: [] };
  if (!holdsManifest(record, pack)) return { state: 'outdated', damaged: [] };
  if (!verify) {
    const whole = await installedPack(dataDir, pack);
    return whole ? { state: 'installed', damaged: [] } : { state: 'outdated', damaged: [] };
  }
  const damaged: string[] = [];
  for (const file of Object.values(record.files)) {
    const sha256 = await hashFile(join(packFolder(dataDir, pack.id), file.name)).catch(() => undefined);
    if (sha256 !== file.sha256) damaged.push(file.name);
  }
  return { state: damaged.length > 0 ? 'damaged' : 'verified', damaged };
}
