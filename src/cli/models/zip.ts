import { open } from 'node:fs/promises';
import { Unzip, UnzipInflate } from 'fflate';
import { PackFailure } from './failure.ts';
import { Part } from './part.ts';
import { type DownloadContext, stagedPath, type WantedFile } from './source.ts';

/** Small, because each piece may unpack to many times its size before it can be written. */
const PIECE_BYTES = 256 * 1024;

/** Unpacks the wanted files of a zip archive on disk, one piece in memory at a time, and verifies them. */
export async function unzipWanted(
  archive: string,
  wanted: readonly WantedFile[],
  context: DownloadContext,
): Promise<void> {
  const missing = new Map(wanted.map((file) => [file.path, file]));
  const parts: Part[] = [];
  const pending: { part: Part; bytes: Uint8Array; last: boolean }[] = [];
  const unzip = new Unzip((entry) => {
    const file = missing.get(entry.name);
    if (!file) return;
    missing.delete(entry.name);
    const part = new Part(stagedPath(context, file.name), file.pin);
    parts.push(part);
    entry.ondata = (error, bytes, last) => {
      if (error) throw error;
      pending.push({ part, bytes, last });
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  const opened = new Set<Part>();
  const flush = async (): Promise<void> => {
    for (const { part, bytes, last } of pending.splice(0)) {
      if (!opened.has(part)) await part.restart();
      opened.add(part);
      await part.write(bytes);
      if (last) await part.finish();
    }
  };
  try {
    await eachPiece(archive, context.signal, async (piece, last) => {
      unzip.push(piece, last);
      await flush();
    });
  } catch (error) {
    for (const part of parts) await part.remove();
    throw error;
  }
  const [first] = missing.keys();
  if (first !== undefined) throw new PackFailure('unreachable', `the archive has no ${first}`);
}

async function eachPiece(
  path: string,
  signal: AbortSignal,
  take: (piece: Uint8Array, last: boolean) => Promise<void>,
): Promise<void> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    for (let at = 0; at < size; ) {
      signal.throwIfAborted();
      // fflate keeps views of what it was given: every piece needs memory of its own.
      const piece = new Uint8Array(Math.min(PIECE_BYTES, size - at));
      const { bytesRead } = await handle.read(piece, 0, piece.length, at);
      at += bytesRead;
      await take(piece.subarray(0, bytesRead), at >= size);
    }
  } finally {
    await handle.close();
  }
}
