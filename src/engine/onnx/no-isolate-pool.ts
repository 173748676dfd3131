import type { SpeechPool } from './pool.ts';

/**
 * Where there are inference workers, speech is not made in the process that answers: its code would be a sixth of what a start loads.
 * wrangler.voice.toml puts isolate-pool.ts in the place of this.
 */
export const IsolatePool: (new (...given: readonly unknown[]) => SpeechPool) | undefined = undefined;
