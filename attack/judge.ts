import type { Runtime } from '../test/conformance/server.ts';
import type { AttackCase } from './case.ts';
import type { Seen } from './prober.ts';
import type { Tally } from './tally.ts';

const bytesPerMB = 1e6;

export interface Result {
  readonly name: string;
  readonly runtime: Runtime;
  readonly tries: string;
  readonly verdict: 'PASS' | 'FAIL' | 'skipped' | 'pending';
  /** How often something was sent. */
  readonly sent: number;
  /** What came back, and how often. */
  readonly answers: Readonly<Record<string, number>>;
  /** Milliseconds; undefined where nobody looked. */
  readonly healthP50?: number | undefined;
  readonly healthP99?: number | undefined;
  /** Of a bare server on the same machine at the same moments. */
  readonly idleP99?: number | undefined;
  /** The share of the time in which the server had a core when it wanted one. */
  readonly coreShare?: number | undefined;
  /** MB: resident memory of the server and its children. */
  readonly before?: number | undefined;
  readonly peak?: number | undefined;
  readonly after?: number | undefined;
  readonly seconds: number;
  readonly notes: readonly string[];
  /** What did not hold, or why it was not tried. */
  readonly why: readonly string[];
}

/**
 * Longest p99 of `/v1/health` while a case lasts, were a core left to the server: without what a bare server waits at the same
 * moments, and by the share of the time in which the server had a core when it wanted one. Other work on the machine counts
 * for nothing so.
 */
export interface Bars {
  readonly healthMs: number;
}

/** The bar of docs/attack.md; the short form has smaller loads and less time to look. */
export const fullBars: Bars = { healthMs: 100 };
export const shortBars: Bars = { healthMs: 300 };

/** Says what the prober saw, as failures of the case where it is beyond the bars. */
export function judgeSeen(runtime: Runtime, one: AttackCase, tally: Tally, seen: Seen, bars: Bars): void {
  const machine = Number.isNaN(seen.idleP99) ? 0 : seen.idleP99;
  const p99 = Math.max(0, seen.p99 - machine) * seen.coreShare;
  if (seen.probes === 0) tally.note('it was over before anybody looked at health');
  else if (one.healthApart === undefined) {
    tally.check(
      p99 <= bars.healthMs,
      `health answered only within ${ms(seen.p99)} (p99), which would be ${ms(p99)} with an idle core; at most ${bars.healthMs} ms`,
    );
    tally.check(seen.failed === 0, `${seen.failed} of ${seen.probes} requests for health failed`);
  }
  const growth = (seen.peak - seen.before) / bytesPerMB;
  const most = one.growthMBOn?.[runtime] ?? one.growthMB;
  tally.check(
    most === undefined || growth <= most,
    `memory grew by ${growth.toFixed(0)} MB, at most ${most} were expected`,
  );
}

export function megabytes(bytes: number): number | undefined {
  return Number.isFinite(bytes) ? Math.round(bytes / bytesPerMB) : undefined;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
