import type { Ports } from '../../ports.ts';
import { boundWork } from '../../stream/deadline.ts';
import type { EngineHealth } from '../engine.ts';
import { type FishOptions, keyHeaders, originUrl } from './options.ts';

const PROBE_TIMEOUT_MS = 2000;
const WRONG_METHOD: readonly number[] = [404, 405];
/** The cloud has no health route; this one costs nothing and tells whether our key is good. */
const CLOUD_PROBE = '/wallet/self/api-credit';

/**
 * Asks `/v1/health` (of the cloud: for our credit), two seconds at most. An origin that is speaking answers only afterwards, so
 * a timeout here does not mean that it is broken. Fish-Speech 1.4 takes POST alone: what an origin took last is remembered.
 * Never throws; `error` is `timeout`, `unreachable`, `unexpected answer` or `cancelled` (`signal` aborted).
 */
export function createProbe(
  options: FishOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): (signal: AbortSignal) => Promise<EngineHealth> {
  const { clock, fetch } = ports;
  const url = originUrl(options, options.cloud ? CLOUD_PROBE : '/v1/health');
  let taken: Method = 'GET';
  return async (signal) => {
    const started = clock.now();
    const work = boundWork(clock, signal);
    let timedOut = false;
    work.limit(PROBE_TIMEOUT_MS, () => {
      timedOut = true;
      return new Error('The origin did not answer the probe in time.');
    });
    const ask = async (method: Method): Promise<number> => {
      const init = { method, headers: keyHeaders(options), signal: work.signal };
      const response = await work.race(fetch(url, init));
      await response.body?.cancel();
      return response.status;
    };
    try {
      let status = await ask(taken);
      if (!options.cloud && WRONG_METHOD.includes(status)) {
        const other = taken === 'GET' ? 'POST' : 'GET';
        status = await ask(other);
        if (isSuccess(status)) taken = other;
      }
      const latencyMs = Math.round(clock.now() - started);
      if (!isSuccess(status)) return { healthy: false, latencyMs, error: 'unexpected answer' };
      return { healthy: true, latencyMs };
    } catch {
      if (signal.aborted) return { healthy: false, error: 'cancelled' };
      return { healthy: false, error: timedOut ? 'timeout' : 'unreachable' };
    } finally {
      work.end();
    }
  };
}

type Method = 'GET' | 'POST';

const isSuccess = (status: number): boolean => status >= 200 && status < 300;
