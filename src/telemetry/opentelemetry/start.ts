import type { HrTime } from '@opentelemetry/api';
import { ExportResultCode, millisToHrTime } from '@opentelemetry/core';
import { JsonMetricsSerializer, JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Ports } from '../../core/ports.ts';
import type { MetricFamily, TelemetryExport } from '../../core/trace.ts';
import { version } from '../../core/version.ts';
import { toMetricData } from './metric-data.ts';
import { createSender, type Send, type SenderOptions } from './sender.ts';
import { createRequestSpans } from './tracer.ts';

export interface OpenTelemetryOptions extends SenderOptions {
  readonly serviceName: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly runtime: string;
  readonly hasTraces: boolean;
  readonly hasMetrics: boolean;
  /** As OTEL_TRACES_SAMPLER and its argument name it. */
  readonly sampler: string;
  readonly ratio: number;
  readonly tracesDelayMs: number;
  readonly metricsIntervalMs: number;
}

/** Spans that wait to be sent; a collector that is away costs no more memory than these. */
const MAX_WAITING = 2048;
const MAX_BATCH = 512;
const MAX_ATTRIBUTE_LENGTH = 256;
/** How long the end of the server waits for the collector. */
const CLOSE_MS = 3000;

const scope = { name: 'fish-edge', version };

/** Traces and metrics by OTLP/HTTP, in JSON. Its libraries are loaded with this file: only those who set an endpoint pay for them. */
export function startOpenTelemetry(
  options: OpenTelemetryOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): TelemetryExport {
  const { clock } = ports;
  const send = createSender(options, ports);
  const resource = resourceFromAttributes({
    'service.version': version,
    'service.instance.id': crypto.randomUUID(),
    'process.runtime.name': options.runtime,
    ...options.attributes,
    'service.name': options.serviceName,
  });
  const provider = options.hasTraces ? traces(options, resource, send) : undefined;
  const startTime = millisToHrTime(clock.wallNow());
  let stopMetrics = async (): Promise<void> => {};
  return {
    beginRequest: provider && createRequestSpans(provider.getTracer(scope.name, scope.version), clock),
    sendMetrics(read) {
      if (!options.hasMetrics) return;
      const sendNow = metricsSender(read, { resource, startTime, send }, clock);
      stopMetrics = repeat(sendNow, options.metricsIntervalMs, clock);
    },
    async close() {
      const sent = Promise.allSettled([provider?.shutdown(), stopMetrics()]);
      let callOff = (): void => {};
      const late = new Promise<void>((resolve) => {
        callOff = clock.alarm(CLOSE_MS, resolve);
      });
      await Promise.race([sent, late]);
      callOff();
    },
  };
}

function traces(options: OpenTelemetryOptions, resource: Resource, send: Send): TracerProvider {
  const exporter: SpanExporter = {
    export(spans, done) {
      const body = JsonTraceSerializer.serializeRequest(spans);
      if (!body) return done({ code: ExportResultCode.FAILED });
      // One that was not taken is told of by the sender: the processor's own word for it would be an error without a cause.
      void send('/v1/traces', body).then(() => done({ code: ExportResultCode.SUCCESS }));
    },
    shutdown: async () => {},
  };
  return new TracerProvider({
    resource,
    sampler: samplerOf(options),
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_LENGTH },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MAX_WAITING,
        maxExportBatchSize: MAX_BATCH,
        scheduledDelayMillis: options.tracesDelayMs,
        exportTimeoutMillis: 2 * options.timeoutMs, // the sender's own deadline is the first
      }),
    ],
  });
}

function samplerOf({ sampler, ratio }: OpenTelemetryOptions): Sampler {
  const [, parentBased, kind] = /^(parentbased_)?(.*)$/.exec(sampler) ?? [];
  const root =
    kind === 'always_off'
      ? new AlwaysOffSampler()
      : kind === 'traceidratio'
        ? new TraceIdRatioBasedSampler(ratio)
        : new AlwaysOnSampler();
  return parentBased ? new ParentBasedSampler({ root }) : root;
}

function metricsSender(
  read: () => Promise<readonly MetricFamily[]>,
  {
    resource,
    startTime,
    send,
  }: { readonly resource: Resource; readonly startTime: HrTime; readonly send: Send },
  clock: Pick<Ports['clock'], 'wallNow'>,
): () => Promise<void> {
  return async () => {
    const endTime = millisToHrTime(clock.wallNow());
    const metrics = (await read()).map((family) => toMetricData(family, startTime, endTime));
    const body = JsonMetricsSerializer.serializeRequest({ resource, scopeMetrics: [{ scope, metrics }] });
    if (body) await send('/v1/metrics', body);
  };
}

/** Runs `work` every `ms` milliseconds, one at a time. The result runs it a last time and ends it. */
function repeat(
  work: () => Promise<void>,
  ms: number,
  clock: Pick<Ports['clock'], 'alarm'>,
): () => Promise<void> {
  let isOver = false;
  let running = Promise.resolve();
  let callOff = (): void => {};
  const plan = (): void => {
    callOff = clock.alarm(ms, () => {
      running = work()
        .catch(() => {}) // a gauge that cannot be read: the next time has it again
        .then(() => {
          if (!isOver) plan();
        });
    });
  };
  plan();
  return async () => {
    isOver = true;
    callOff();
    await running;
    await work().catch(() => {});
  };
}
