import { readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { thisMachine } from '../../adapters/local/local.ts';
import { makeFolder } from '../../adapters/local/make-folder.ts';
import type { InstalledPack } from '../../core/ports.ts';
import { inferenceVersion } from '../../core/version.ts';
import { computingVersion } from '../../engine/onnx/kernels/module.ts';
import { findPack } from '../../engine/onnx/packs/manifest.ts';
import { chooseVoice, type Measured, type Wanted } from '../../engine/onnx/tuning/choose.ts';

const seconds = z.number().nonnegative().max(1e6);
const measured = z.object({
  pack: z.string().max(128),
  voice: z.string().max(128),
  runtime: z.enum(['wasm', 'native']),
  threads: z.int().min(1).max(64),
  precision: z.string().max(64),
  misheard: z.number().optional(),
  factor: seconds,
  cpu: seconds,
  firstAudioMs: seconds,
  loadMs: seconds,
});

/** What figures depend on: with anything else than this they are void. */
const facts = z.object({
  cpu: z.string(),
  cores: z.number(),
  /** Versions of ONNX Runtime; the native one is empty where it is not installed. */
  wasm: z.string(),
  native: z.string(),
  /** Version of how our own kernels compute a voice. */
  kernels: z.number(),
  /** The packs that speak, by id: their revisions. */
  packs: z.record(z.string(), z.string()),
});
export type Facts = Readonly<z.infer<typeof facts>>;

/** Somebody may have added voices by the dozen. */
export const MAX_FIGURES = 200;

const tuning = z.object({
  /** ISO 8601 */
  measuredAt: z.string().max(64),
  facts,
  figures: z.array(measured).max(MAX_FIGURES),
});
/** `tuned.json` in the data folder: what every voice takes on this machine. */
export type Tuning = Readonly<z.infer<typeof tuning>>;

const pathOf = (dataDir: string): string => join(dataDir, 'tuned.json');

/** What is so now. */
export function factsOf(installed: readonly InstalledPack[]): Facts {
  const speaking = installed.filter(({ id }) => (findPack(id)?.voices.length ?? 0) > 0);
  return {
    cpu: cpuModel(),
    cores: thisMachine().cores,
    wasm: inferenceVersion,
    native: nativeVersion(),
    kernels: computingVersion,
    packs: Object.fromEntries(speaking.map(({ id, revision }) => [id, revision])),
  };
}

/** Deno may not be allowed to tell. */
function cpuModel(): string {
  try {
    return cpus()[0]?.model.trim() ?? '';
  } catch {
    return '';
  }
}

/** Read from its manifest: loading it would take longer than a start. */
function nativeVersion(): string {
  try {
    const manifest = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version?: unknown };
    return String(manifest.version);
  } catch {
    return '';
  }
}

/** Undefined where nothing was measured, or on another machine than this one is now. */
export async function readTuning(dataDir: string, now: Facts): Promise<Tuning | undefined> {
  const text = await readFile(pathOf(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const known = tuning.parse(JSON.parse(text));
    return sameFacts(known.facts, now) ? known : undefined;
  } catch {
    return undefined;
  }
}

function sameFacts(a: Facts, b: Facts): boolean {
  const listed = ({ packs, ...rest }: Facts): string =>
    JSON.stringify([
      rest.cpu,
      rest.cores,
      rest.wasm,
      rest.native,
      rest.kernels,
      Object.entries(packs).sort(),
    ]);
  return listed(a) === listed(b);
}

export async function writeTuning(dataDir: string, made: Tuning): Promise<void> {
  const temporary = `${pathOf(dataDir)}.${process.pid}.tmp`;
  await makeFolder(dataDir);
  await writeFile(temporary, `${JSON.stringify(made, undefined, 2)}\n`);
  await rename(temporary, pathOf(dataDir));
}

export function chosenOf({ figures, facts: { cores } }: Tuning, wanted?: Wanted): Measured | undefined {
  return chooseVoice(figures, cores, wanted);
}

/** A line for people. */
export function describeChoice({ voice, runtime, threads, factor, misheard }: Measured): string {
  const words = misheard === undefined ? '' : `, ${misheard} of 100 words misheard`;
  return `${voice} (${runtime}, ${threads} ${threads === 1 ? 'thread' : 'threads'}): real-time factor ${factor.toFixed(2)}${words}`;
}
