import { join } from 'node:path';
import type { PackFile, PackSource, Pin } from '../../engine/onnx/packs/pack.ts';
import type { Md5Pin } from './part.ts';
import type { Progress } from './progress.ts';

/** Milliseconds that a source may keep a pull waiting. */
export interface Deadlines {
  /** To its first answer. */
  readonly connect: number;
  /** Between two pieces of a body. */
  readonly idle: number;
  /** For pip, which starts Python and reads an index before it moves a byte. */
  readonly pip: number;
}

export const defaultDeadlines: Deadlines = { connect: 10_000, idle: 30_000, pip: 60_000 };

/** What every source needs to bring files into the staging folder. */
export interface DownloadContext {
  readonly packId: string;
  /** Verified files and `.part` files lie here. Only the holder of the pack's lock writes to it. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly fetch: typeof globalThis.fetch;
  /** Where npm's and pip's settings come from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly deadlines: Deadlines;
}

/** One file, as one source serves it. */
export interface WantedFile {
  readonly name: string;
  readonly path: string;
  readonly pin: Pin | Md5Pin;
}

export function wantedFrom(source: PackSource, files: readonly PackFile[]): WantedFile[] {
  return files.flatMap((file) => {
    const path = source.paths[file.name];
    return path === undefined ? [] : [{ name: file.name, path, pin: source.variants?.[file.name] ?? file }];
  });
}

export function stagedPath(context: DownloadContext, name: string): string {
  return join(context.folder, ...name.split('/'));
}

/** For messages: where the files come from. */
export function nameOf(source: PackSource): string {
  if (source.kind === 'url') return new URL(source.base).host;
  return `${source.kind} package ${source.package} ${source.version}`;
}
