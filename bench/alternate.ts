import type { Runtime } from '../test/conformance/server.ts';
import { type Counts, countOf, type Setup } from './bench.ts';

/**
 * Measures every case once a round, each time in a fresh process, forwards and backwards in turn: what else the machine
 * does then hits all cases alike. A case that fails is reported and left out from then on.
 */
export async function alternate<Case extends { readonly name: string }, Sample>(
  { say, fail }: Pick<Setup, 'say' | 'fail'>,
  cases: readonly Case[],
  rounds: number,
  measure: (one: Case) => Promise<Sample>,
): Promise<ReadonlyMap<Case, readonly Sample[]>> {
  const samples = new Map<Case, Sample[]>(cases.map((one) => [one, []]));
  const broken = new Set<Case>();
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? cases : cases.toReversed();
    for (const [index, one] of order.entries()) {
      if (broken.has(one)) continue;
      say(`${one.name} (${round * cases.length + index + 1}/${rounds * cases.length})`);
      try {
        samples.get(one)?.push(await measure(one));
      } catch (error) {
        broken.add(one);
        fail(`${one.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return samples;
}

/** `alternate` with a case for each runtime. */
export async function alternateRuntimes<Sample>(
  setup: Setup,
  what: string,
  rounds: Counts,
  measure: (runtime: Runtime) => Promise<Sample>,
): Promise<ReadonlyMap<Runtime, readonly Sample[]>> {
  const cases = setup.runtimes.map((runtime) => ({ name: `${what}: ${runtime}`, runtime }));
  const samples = await alternate(setup, cases, countOf(setup, rounds), ({ runtime }) => measure(runtime));
  return new Map([...samples].map(([{ runtime }, taken]) => [runtime, taken]));
}
