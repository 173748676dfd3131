import type { Candidate } from '../../src/engine/onnx/tuning/choose.ts';
import { sentences } from '../../test/roundtrip/sentences.ts';
import { alternate } from '../alternate.ts';
import { countOf, type Setup } from '../bench.ts';
import { runModule } from '../processes.ts';
import { paragraph, textsOf, twoSentences, warmUp } from '../texts.ts';
import type { VoiceSample, VoiceTask } from './child.ts';
import type { ListenTask } from './listen.ts';

export interface Case extends Candidate {
  readonly name: string;
  readonly isQuick: boolean;
  /** Threads change no word: one case of each voice and runtime is listened to. */
  readonly isHeard: boolean;
}

const child = new URL('./child.ts', import.meta.url);
const listener = new URL('./listen.ts', import.meta.url);
const rounds = { full: 3, quick: 1 } as const;
/** Of the round trip's 46 sentences every so-and-so-many-th is listened to. */
const everyHeard = { piper: { full: 1, quick: 12 }, other: { full: 4, quick: 23 } } as const;
const deadlineMs = 300_000;
/** Nobody's time is taken while they listen. */
const LISTENERS = 2;

/**
 * A round of all cases, and as many more as begin before `until` (`performance.now()`), each of which takes as long as the one before: a slow machine
 * measures everything once and nothing twice.
 */
export async function measureRounds(
  setup: Setup,
  cases: readonly Case[],
  until: number,
  afterFirst: () => Promise<void>,
): Promise<ReadonlyMap<Case, readonly VoiceSample[]>> {
  const samples = new Map<Case, VoiceSample[]>(cases.map((one) => [one, []]));
  let left = cases;
  for (let round = 0, tookMs = 0; round < countOf(setup, rounds); round++) {
    const began = performance.now();
    if (round > 0 && began + tookMs > until) break;
    const order = round % 2 === 0 ? left : left.toReversed();
    const taken = await alternate(setup, order, 1, (one) => measure(setup, one));
    for (const [one, made] of taken) samples.get(one)?.push(...made);
    left = left.filter((one) => taken.get(one)?.length !== 0);
    tookMs = performance.now() - began;
    if (round === 0) await afterFirst();
  }
  return samples;
}

async function measure({ dataDir, quick }: Setup, one: Case): Promise<VoiceSample> {
  const task: VoiceTask = {
    dataDir,
    voice: one.voice,
    inference: one.runtime,
    threads: one.threads,
    warmUp,
    openings: textsOf(10).slice(0, one.isQuick && !quick ? 3 : 1),
    text: one.isQuick && !quick ? paragraph : quick ? warmUp : twoSentences,
  };
  return (await runModule('node', child, task, deadlineMs)) as VoiceSample;
}

/** Words of a hundred that are misheard, of the cases that are listened to. */
export async function listenTo(
  setup: Setup,
  cases: readonly Case[],
  recognizer: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<Case, number>> {
  const misheard = new Map<Case, number>();
  const waiting = cases.filter(({ isHeard }) => isHeard);
  const listenOn = async (): Promise<void> => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      setup.say(`${one.name}: listening`);
      const every = countOf(setup, everyHeard[one.isQuick ? 'piper' : 'other']);
      const { voice, runtime: inference, threads } = one;
      const heard = sentences.filter((_, at) => at % every === 0);
      const { dataDir } = setup;
      const task: ListenTask = { dataDir, voice, inference, threads, sentences: heard, recognizer };
      try {
        misheard.set(one, (await runModule('node', listener, task, deadlineMs)) as number);
      } catch (error) {
        setup.fail(`${one.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: LISTENERS }, listenOn));
  return misheard;
}
