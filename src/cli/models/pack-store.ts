import { addedPacks } from '../../adapters/local/packs.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { PackEntry, PackStore, PullProgress } from '../../core/ports.ts';
import { defaultVoicePack, packs } from '../../engine/onnx/packs/manifest.ts';
import type { VoicePack } from '../../engine/onnx/packs/pack.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { PackFailure, type PackFailureKind } from './failure.ts';
import { describePack, type PackRow } from './inventory.ts';
import type { Progress } from './progress.ts';
import { pullPack } from './pull.ts';
import { removePack } from './remove.ts';

/** What those who ask over HTTP are told; the log has the rest. */
const phrases: Readonly<Record<Exclude<PackFailureKind, 'cancelled'>, string>> = {
  unreachable: 'The pack cannot be fetched: no source of it answers. What came so far is kept.',
  'wrong-content':
    'The pack cannot be fetched: its sources sent other bytes than they should, which were deleted.',
  disk: 'The data folder cannot be written.',
};

/** The packs of a data folder for a server that runs: what `fish-ctl models` does. */
export function createPackStore(dataDir: string): PackStore {
  const all = async (): Promise<readonly VoicePack[]> => [...packs, ...(await addedPacks(dataDir))];
  /** By its own name alone: the name of a voice must not mean the others of its pack. */
  const find = async (id: string): Promise<VoicePack> => {
    const pack = (await all()).find((each) => each.id === id);
    if (!pack) throw new SpeechFailure({ code: 'not_found' });
    return pack;
  };
  return {
    async list() {
      const look = { dataDir, verify: false };
      const rows = await Promise.all((await all()).map((pack) => describePack(pack, defaultVoicePack, look)));
      return rows.map(entryOf);
    },
    async pull(id, onProgress, signal) {
      const pack = await find(id);
      const progress = progressOf(onProgress);
      await pullPack(pack, { dataDir, signal, progress }).catch((error: unknown) => told(error, signal));
    },
    async remove(id, signal) {
      const removed = removePack(await find(id), dataDir, signal, () => {});
      return (await removed.catch((error: unknown) => told(error, signal))) !== undefined;
    },
  };
}

function entryOf({ id, state, family, languages, voices, bytes, license, added }: PackRow): PackEntry {
  const shown = state === '-' ? 'available' : state === 'installed' ? 'installed' : 'outdated';
  return { id, state: shown, family, languages, voices, bytes, license, isAdded: added };
}

function told(error: unknown, signal: AbortSignal): never {
  if (signal.aborted) throw new ClientGone(signal.reason);
  if (!(error instanceof PackFailure) || error.kind === 'cancelled') throw error;
  throw new SpeechFailure({ code: 'engine_unavailable', message: phrases[error.kind] }, error);
}

function progressOf(onProgress: (progress: PullProgress) => void): Progress {
  let totalBytes = 0;
  let began = 0;
  const stage = (name: PullProgress['stage']): void => {
    onProgress({ stage: name, doneBytes: totalBytes, totalBytes });
  };
  return {
    say() {},
    stage,
    begin(_id, _source, total) {
      totalBytes = total;
      began = performance.now();
      onProgress({ stage: 'fetching', doneBytes: 0, totalBytes });
    },
    moved(done, brought) {
      const doneBytes = Math.min(done, totalBytes);
      const bytesPerMs = brought / Math.max(1, performance.now() - began);
      const secondsLeft =
        bytesPerMs > 0 ? Math.ceil((totalBytes - doneBytes) / bytesPerMs / 1000) : undefined;
      onProgress({ stage: 'fetching', doneBytes, totalBytes, secondsLeft });
    },
    end() {},
  };
}
