import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../attack/judge.ts';
import { spawnModule } from '../../bench/processes.ts';
import { hasRuntime, type Runtime } from '../conformance/server.ts';

const deadlineMs = 600_000;
/** Fewer were tried than there always are: then something else went wrong. */
const leastTried = 12;

/** `npm run attack -- --short` on one runtime: each case must hold that pending.ts does not name. */
export function attack(runtime: Runtime): void {
  describe.skipIf(!hasRuntime(runtime))(`${runtime}: attacks`, () => {
    it(
      'hold, in their short form',
      async () => {
        const args = ['--short', '--json', '--runtime', runtime];
        const child = spawnModule('node', new URL('../../attack/run.ts', import.meta.url), args);
        let stdout = '';
        let stderr = '';
        child.stdout?.on('data', (chunk) => (stdout += chunk));
        child.stderr?.on('data', (chunk) => (stderr += chunk));
        const [code] = await once(child, 'close');
        expect(stdout, stderr).toMatch(/^\[/);
        const results = JSON.parse(stdout) as Result[];
        const failed = results.filter(({ verdict }) => verdict === 'FAIL');
        expect(failed.map(({ name, why }) => `${name}: ${why.join('; ')}`)).toEqual([]);
        expect(results.filter(({ verdict }) => verdict === 'PASS').length).toBeGreaterThanOrEqual(leastTried);
        expect(code).toBe(0);
      },
      deadlineMs,
    );
  });
}
