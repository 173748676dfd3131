import { join } from 'node:path';
import { holdsManifest, installedPack, packFolder, readRecord } from '../../adapters/local/packs.ts';
import { defaultVoicePack, packs } from '../../engine/onnx/packs/manifest.ts';
import type { VoicePack } from '../../engine/onnx/packs/pack.ts';
import { hashFile } from './part.ts';

export interface ListOptions {
  readonly dataDir: string;
  readonly verify: boolean;
  readonly json: boolean;
}

type State = 'installed' | 'verified' | 'damaged' | 'outdated' | '-';

interface Row {
  readonly id: string;
  readonly state: State;
  readonly family: string;
  readonly language: string;
  readonly voices: number;
  /** Bytes to fetch. */
  readonly bytes: number;
  readonly license: string;
  readonly default: boolean;
  /** What to put where, for those who fetch by hand. */
  readonly files: VoicePack['files'];
  /** Names of files that are missing or have other bytes than they should. */
  readonly damaged: readonly string[];
}

/** Prints every pack of the manifest. 1 when an installed one is damaged, else 0. */
export async function listPacks(options: ListOptions): Promise<number> {
  const rows = await Promise.all(packs.map((pack) => describePack(pack, options)));
  console.log(
    options.json ? JSON.stringify({ dataDir: options.dataDir, packs: rows }, undefined, 2) : table(rows),
  );
  const broken = rows.filter((row) => row.state === 'damaged');
  for (const row of broken) {
    console.error(
      `${row.id} is damaged (${row.damaged.join(', ')}). Repair it: fish-ctl models pull ${row.id}`,
    );
  }
  return broken.length > 0 ? 1 : 0;
}

async function describePack(pack: VoicePack, options: ListOptions): Promise<Row> {
  const { state, damaged } = await stateOf(pack, options);
  return {
    id: pack.id,
    state,
    family: pack.family,
    language: pack.language,
    voices: pack.voices.length,
    bytes: pack.files.reduce((sum, file) => sum + file.bytes, 0),
    license: pack.license.spdx,
    default: pack.id === defaultVoicePack,
    files: pack.files,
    damaged,
  };
}

async function stateOf(
  pack: VoicePack,
  { dataDir, verify }: ListOptions,
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

function table(rows: readonly Row[]): string {
  const head = ['PACK', 'STATE', 'FAMILY', 'LANGUAGE', 'VOICES', 'SIZE', 'LICENSE'];
  const cells = rows.map((row) => [
    row.default ? `${row.id} (default)` : row.id,
    row.state,
    row.family,
    row.language,
    String(row.voices),
    `${(row.bytes / 1e6).toFixed(0)} MB`,
    row.license,
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const lines = [head, ...cells].map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
  );
  return lines.map((line) => line.trimEnd()).join('\n');
}
