import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packFolder, readRecord, recordName } from '../../adapters/local/packs.ts';
import type { VoicePack } from '../../engine/onnx/packs/pack.ts';
import { onDisk } from './failure.ts';
import { withLock } from './lock.ts';

/**
 * Deletes a pack from the data folder; the record goes first, so that what is cut in the middle is not taken for a pack. A
 * server that holds the voice goes on with it.
 * @returns bytes that are free again; undefined where there was no such pack
 * @throws PackFailure when the disk does not let go of it
 */
export async function removePack(
  pack: VoicePack,
  dataDir: string,
  signal: AbortSignal,
  onWait: () => void,
): Promise<number | undefined> {
  const record = await readRecord(dataDir, pack.id);
  if (!record) return undefined;
  const folder = packFolder(dataDir, pack.id);
  await withLock(join(dataDir, 'packs', `${pack.id}.lock`), signal, onWait, () =>
    onDisk(folder, async () => {
      await rm(join(folder, recordName), { force: true });
      await rm(folder, { recursive: true, force: true });
    }),
  );
  return Object.values(record.files).reduce((sum, { bytes }) => sum + bytes, 0);
}
