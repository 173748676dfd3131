import { ClientGone, orGone } from '../../stream/cancel.ts';
import type { SpokenWord } from '../engine.ts';
import type { Pool } from './pool.ts';
import type { Line, PackToLoad, Window } from './protocol.ts';

export interface Job {
  /** When the words are heard, as far as it is known; grows while `windows` are read. */
  readonly words: readonly SpokenWord[];
  /** The PCM. While one window is handed over the next one is decoded, never more. */
  windows(): AsyncGenerator<Uint8Array, void, void>;
  /** Stops the work at the next window. Harmless when it is over. */
  close(): void;
}

/**
 * Resolves when the first window exists. From then on, too, `signal` closes the job.
 *
 * @throws ClientGone when `signal` aborts first, SpeechFailure for everything else
 */
export async function startJob(pool: Pool, pack: PackToLoad, line: Line, signal: AbortSignal): Promise<Job> {
  if (signal.aborted) throw new ClientGone(signal.reason);
  const { link, release } = pool.lease(pack.id);
  const { job, first } = link.open(pack, line);
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    signal.removeEventListener('abort', close);
    link.close(job);
    release();
  };
  const next = async (): Promise<Window> => {
    if (closed) throw new ClientGone(signal.reason);
    return link.next(job);
  };
  signal.addEventListener('abort', close, { once: true });
  try {
    const window = await orGone(first, signal);
    const words: SpokenWord[] = [];
    return { words, windows: () => readWindows(window, next, words), close };
  } catch (error) {
    close();
    throw error;
  }
}

async function* readWindows(
  first: Window,
  next: () => Promise<Window>,
  words: SpokenWord[],
): AsyncGenerator<Uint8Array, void, void> {
  let window = first;
  while (!window.last) {
    const ahead = next();
    ahead.catch(() => {}); // nobody waits for it yet
    words.push(...(window.words ?? []));
    yield window.pcm;
    window = await ahead;
  }
  words.push(...(window.words ?? []));
  yield window.pcm;
}
