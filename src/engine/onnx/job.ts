import type { SpokenWord } from '../../core/engine.ts';
import type { Clock } from '../../core/ports.ts';
import { abortable, ClientGone } from '../../stream/cancel.ts';
import { Playback } from '../scheduling/pace.ts';
import type { JobOptions, SpeechPool } from './pool.ts';
import type { PackToLoad, SynthesisJob, Window } from './protocol.ts';

export interface Job {
  /** When the words are heard, as far as it is known; grows while `windows` are read. */
  readonly words: readonly SpokenWord[];
  /** The PCM. While one window is handed over the next one is decoded, never more. */
  windows(): AsyncGenerator<Uint8Array, void, void>;
  /** Stops the work at the next window. Harmless when it is over. */
  close(): void;
}

export interface Work {
  readonly pack: PackToLoad;
  readonly synthesis: SynthesisJob;
  /** Samples that are heard in a second: the voice's sample rate, times a speed that is not the model's own. */
  readonly rate: number;
}

export interface JobTiming extends Pick<JobOptions, 'utteranceId' | 'onStep'> {
  readonly clock: Pick<Clock, 'now'>;
  /** Something that came before this job is being heard. */
  readonly isContinuation: boolean;
  /** When a listener has heard all that was handed out of its text; undefined where nobody knows but the job itself. */
  readonly heardUntil: (() => number) | undefined;
  /** Milliseconds of audio that must exist before any of it is handed out, as things stand. */
  readonly headStartMs: () => number;
}

/** Longer than that no newcomer waits for those who are heard to have time: a machine may be slower than was measured. */
const NEWCOMER_MS = 5000;
const BYTES_PER_SAMPLE = 2;
const MS_PER_SECOND = 1000;

/**
 * Resolves when the first windows exist. From then on, too, `signal` closes the job.
 *
 * @throws ClientGone when `signal` aborts first, SpeechFailure for everything else
 */
export async function startJob(
  pool: Pick<SpeechPool, 'open'>,
  { pack, synthesis, rate }: Work,
  timing: JobTiming,
  signal: AbortSignal,
): Promise<Job> {
  if (signal.aborted) throw new ClientGone(signal.reason);
  const { clock, utteranceId, onStep, isContinuation, heardUntil, headStartMs } = timing;
  const playback = new Playback(clock);
  const beginsAt = clock.now() + (isContinuation ? 0 : NEWCOMER_MS);
  let isHanded = false;
  const playbackDeadline = heardUntil ?? ((): number => (isHanded ? playback.until : beginsAt));
  const options = { utteranceId, playbackDeadline, isHeard: () => isContinuation || isHanded, onStep };
  const { next, close: end } = pool.open(pack, synthesis, options);
  const close = (): void => {
    signal.removeEventListener('abort', close);
    end();
  };
  const hand = ({ pcm }: Window): Uint8Array => {
    isHanded = true;
    playback.hand(lengthMs(pcm, rate));
    return pcm;
  };
  signal.addEventListener('abort', close, { once: true });
  try {
    const head = await abortable(makeHead(next, headStartMs, rate), signal);
    const words: SpokenWord[] = [];
    return { words, windows: () => readWindows(head, next, hand, words), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Of mono s16le. */
export function lengthMs(pcm: Uint8Array, rate: number): number {
  return (pcm.length / BYTES_PER_SAMPLE / rate) * MS_PER_SECOND;
}

/** The first windows: one, or as many as the head start takes. */
async function makeHead(
  next: () => Promise<Window>,
  headStartMs: () => number,
  rate: number,
): Promise<Window[]> {
  const head = [await next()];
  for (let madeMs = 0; ; ) {
    const last = head.at(-1);
    if (!last || last.last) return head;
    madeMs += lengthMs(last.pcm, rate);
    if (madeMs >= headStartMs()) return head;
    head.push(await next());
  }
}

async function* readWindows(
  head: readonly Window[],
  next: () => Promise<Window>,
  hand: (window: Window) => Uint8Array,
  words: SpokenWord[],
): AsyncGenerator<Uint8Array, void, void> {
  let ahead: Promise<Window> | undefined;
  for (let at = 0; ; at++) {
    const window = head[at] ?? (await ahead);
    if (!window) return;
    ahead = undefined;
    if (!window.last && at >= head.length - 1) {
      ahead = next();
      ahead.catch(() => {}); // nobody waits for it yet
    }
    words.push(...(window.words ?? []));
    yield hand(window);
  }
}
