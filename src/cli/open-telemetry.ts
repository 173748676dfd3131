import { localClock, writeLog } from '../adapters/local/local.ts';
import { runtimeName } from '../adapters/local/probe.ts';
import type { Config } from '../config/config.ts';
import type { Ports } from '../core/ports.ts';
import { createLogger } from '../telemetry/log.ts';

/** Sends traces and counts to the collector of the settings. Whoever has none does not load what sends them. */
export async function openTelemetryOf(
  config: Config,
  fetch: Ports['fetch'],
): Promise<Ports['telemetryExport']> {
  if (config['otel.endpoint'] === '') return undefined;
  const { startOpenTelemetry } = await import('../telemetry/opentelemetry/start.ts');
  const level = config['logging.level'];
  const format = config['logging.format'];
  const log = createLogger({ level, format, write: writeLog, clock: localClock });
  const options = {
    endpoint: config['otel.endpoint'],
    headers: config['otel.headers'],
    timeoutMs: config['otel.timeout'],
    serviceName: config['otel.service_name'],
    attributes: config['otel.resource_attributes'],
    runtime: runtimeName(),
    hasTraces: config['otel.traces'] === 'otlp',
    hasMetrics: config['otel.metrics'] === 'otlp',
    sampler: config['otel.sampler'],
    ratio: config['otel.sampler_arg'],
    tracesDelayMs: config['otel.traces_delay'],
    metricsIntervalMs: config['otel.metrics_interval'],
    onTrouble: (cause: string) => log.warn('the collector of OpenTelemetry takes nothing', { cause }),
  };
  return startOpenTelemetry(options, { fetch, clock: localClock });
}
