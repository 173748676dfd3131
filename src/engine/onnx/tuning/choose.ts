import type { InferenceSetup } from '../protocol.ts';

/** One way to speak: a voice, and what runs it. */
export interface Candidate extends InferenceSetup {
  readonly pack: string;
  readonly voice: string;
  /** What its graphs compute in. */
  readonly precision: string;
  /** Words of a hundred that are misheard; undefined where nobody has listened. */
  readonly misheard?: number | undefined;
}

/** A candidate, and what it took on this machine: one stream on one worker. */
export interface Measured extends Candidate {
  /** Real-time factor: time over the length of the speech made in it. */
  readonly factor: number;
  /** Processor seconds for a second of speech, of all threads. */
  readonly cpu: number;
  readonly firstAudioMs: number;
  /** Until a short word was spoken by a worker that had not been there. */
  readonly loadMs: number;
}

/** What the user has settled already. */
export interface Wanted {
  readonly runtime?: InferenceSetup['runtime'] | undefined;
  readonly threads?: number | undefined;
}

/** A stream takes half of the time that its speech lasts, or less: what else a machine does must not make it stutter. */
const MAX_FACTOR = 0.5;
/** So many are spoken to at once, at least... */
const STREAMS = 2;
/** ...by workers that are this busy at most: beyond it a newcomer waits (decision 27). */
const MAX_LOAD = 0.9;

/** Does it keep up with two listeners? */
export function keepsUp({ factor, threads }: Pick<Measured, 'factor' | 'threads'>, cores: number): boolean {
  const workers = Math.max(1, Math.floor(cores / threads));
  return factor < MAX_FACTOR && (STREAMS * factor) / workers <= MAX_LOAD;
}

/**
 * The clearest of those that keep up; of one voice the way that takes least of the processor, as the rest is for other listeners.
 * Where none keeps up, the quickest. Undefined where there is nothing to choose from.
 */
export function chooseVoice(
  figures: readonly Measured[],
  cores: number,
  wanted: Wanted = {},
): Measured | undefined {
  const open = figures.filter(
    ({ runtime, threads, misheard }) =>
      misheard !== undefined &&
      (wanted.runtime === undefined || wanted.runtime === runtime) &&
      (wanted.threads === undefined || wanted.threads === threads),
  );
  const able = open.filter((one) => keepsUp(one, cores));
  if (able.length === 0) return open.toSorted((a, b) => a.factor - b.factor)[0];
  return able.toSorted((a, b) => clarity(a) - clarity(b) || a.cpu - b.cpu)[0];
}

const clarity = ({ misheard = Number.POSITIVE_INFINITY }: Measured): number => misheard;
