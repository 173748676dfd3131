import type { StateStores } from '../../src/core/store.ts';

/** One thing that every driver must do, whatever runtime runs it: no test runner inside. */
export interface Check {
  readonly name: string;
  /** `id` makes a name that no other check uses. */
  run(stores: StateStores, id: (name: string) => string): Promise<void>;
}

export function equal(actual: unknown, expected: unknown, what = 'value'): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

export function hold(condition: boolean, what: string): void {
  if (!condition) throw new Error(`does not hold: ${what}`);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until it gets something, thirty seconds at most. */
export async function eventually<T>(ask: () => Promise<T | undefined | false>, what: string): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await pause(10);
  }
  throw new Error(`never happened: ${what}`);
}

export interface CheckResult {
  readonly name: string;
  readonly error?: string;
}

/** Runs them one after the other; those without an error passed. */
export async function runChecks(checks: readonly Check[], stores: StateStores): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const run = crypto.randomUUID();
  for (const [index, check] of checks.entries()) {
    try {
      await check.run(stores, (name) => `${name}-${index}-${run}`);
      results.push({ name: check.name });
    } catch (error) {
      results.push({ name: check.name, error: String(error) });
    }
  }
  return results;
}
