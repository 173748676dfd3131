import type { EngineHealth } from '../../core/engine.ts';
import type { Ports } from '../../core/ports.ts';
import { boundWork } from '../../stream/deadline.ts';
import { keyHeaders, originUrl, type UpstreamOptions } from './options.ts';

const PROBE_TIMEOUT_MS = 2000;
const WRONG_METHOD: readonly number[] = [404, 405];

type Method = 'GET' | 'POST';

/**
 * Asks for `path`, two seconds at most. An upstream that is speaking may answer only afterwards, so a timeout here does not
 * mean that it is broken. Where it refuses one of `methods` the next one is tried, and what it took last is remembered.
 * Never throws; `error` is `timeout`, `unreachable`, `unexpected answer` or `cancelled` (`signal` aborted).
 */
export function createProbe(
  path: string,
  options: UpstreamOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
  methods: readonly Method[] = ['GET'],
): (signal: AbortSignal) => Promise<EngineHealth> {
  const { clock, fetch } = ports;
  let taken = methods[0];
  return async (signal) => {
    const started = clock.now();
    const work = boundWork(clock, signal);
    let timedOut = false;
    work.limit(PROBE_TIMEOUT_MS, () => {
      timedOut = true;
      return new Error('The origin did not answer the probe in time.');
    });
    const ask = async (method: Method | undefined): Promise<number> => {
      const init = { method: method ?? 'GET', headers: keyHeaders(options), signal: work.signal };
      const response = await work.race(fetch(originUrl(options, path), init));
      await response.body?.cancel();
      return response.status;
    };
    try {
      let status = await ask(taken);
      for (const other of methods.filter((method) => method !== taken)) {
        if (!WRONG_METHOD.includes(status)) break;
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

const isSuccess = (status: number): boolean => status >= 200 && status < 300;
