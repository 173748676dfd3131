import type { Ports } from '../../ports.ts';
import { boundWork } from '../../stream/deadline.ts';
import type { EngineHealth } from '../engine.ts';
import { type FishOptions, keyHeaders, originUrl } from './options.ts';

const PROBE_TIMEOUT_MS = 2000;
/** The cloud has no health route; this one costs nothing and tells whether our key is good. */
const CLOUD_PROBE = '/wallet/self/api-credit';

/**
 * Asks `/v1/health` (of the cloud: for our credit), two seconds at most. An origin that is speaking answers only afterwards, so a timeout here does
 * not mean that it is broken. Never throws; `error` is `timeout`, `unreachable`, `unexpected answer` or `cancelled`
 * (`signal` aborted).
 */
export async function probeOrigin(
  options: FishOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
  signal: AbortSignal,
): Promise<EngineHealth> {
  const started = ports.clock.now();
  const work = boundWork(ports.clock, signal);
  let timedOut = false;
  work.limit(PROBE_TIMEOUT_MS, () => {
    timedOut = true;
    return new Error('The origin did not answer the probe in time.');
  });
  try {
    const url = originUrl(options, options.cloud ? CLOUD_PROBE : '/v1/health');
    const response = await work.race(ports.fetch(url, { headers: keyHeaders(options), signal: work.signal }));
    const latencyMs = Math.round(ports.clock.now() - started);
    await response.body?.cancel();
    if (!response.ok) return { healthy: false, latencyMs, error: 'unexpected answer' };
    return { healthy: true, latencyMs };
  } catch {
    if (signal.aborted) return { healthy: false, error: 'cancelled' };
    return { healthy: false, error: timedOut ? 'timeout' : 'unreachable' };
  } finally {
    work.end();
  }
}
