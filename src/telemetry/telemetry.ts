import type { Clock, DataPoint, OtherProcesses, ProcessProbe } from '../core/ports.ts';
import type { TelemetryExport } from '../core/trace.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { Recent } from './recent.ts';
import type { BegunSpeech, EndedRequest, EndedSpeech, Gauges } from './samples.ts';

/** What is counted of everything that happens. */
export interface Telemetry {
  requestEnded(request: EndedRequest): void;
  speechBegun(speech: BegunSpeech): void;
  /** Told once of a speech, however it ended. */
  speechEnded(outcome: EndedRequest['outcome'], speech: EndedSpeech): void;
  /** In the text format of Prometheus; undefined where metrics are switched off. */
  readonly metrics: Metrics | undefined;
  /** Begins the span of a request; undefined where no traces are wanted. */
  readonly beginRequest: TelemetryExport['beginRequest'];
  readonly recent: Recent;
  readonly gauges: Gauges;
  readonly probe: ProcessProbe | undefined;
  readonly startedMs: number;
}

export interface TelemetryOptions {
  readonly hasMetrics: boolean;
  readonly gauges: Gauges;
  readonly clock: Pick<Clock, 'now' | 'wallNow'>;
  readonly probe?: ProcessProbe | undefined;
  /** Where counts of a process say little: takes one point a request. */
  readonly writePoint?: ((point: DataPoint) => void) | undefined;
  readonly telemetryExport?: TelemetryExport | undefined;
  readonly otherProcesses?: OtherProcesses | undefined;
}

export function createTelemetry({
  hasMetrics,
  gauges,
  clock,
  probe,
  writePoint,
  telemetryExport,
  otherProcesses,
}: TelemetryOptions): Telemetry {
  const metrics = hasMetrics ? createMetrics(gauges, { probe, otherProcesses }, clock) : undefined;
  if (metrics) telemetryExport?.sendMetrics(metrics.families);
  const recent = new Recent();
  return {
    metrics,
    beginRequest: telemetryExport?.beginRequest,
    recent,
    gauges,
    probe,
    startedMs: clock.now(),
    requestEnded(request) {
      metrics?.requestEnded(request);
      writePoint?.(pointOf(request));
    },
    speechBegun(speech) {
      recent.firstAudio(speech.firstAudioMs);
      metrics?.speechBegun(speech);
    },
    speechEnded(outcome, speech) {
      metrics?.speechEnded(outcome, speech);
    },
  };
}

/** The columns of docs/operate.md, in their order. */
function pointOf({
  route,
  method,
  dialect,
  status,
  outcome,
  durationMs,
  code,
  speech,
}: EndedRequest): DataPoint {
  return {
    indexes: [route],
    blobs: [route, method, dialect, outcome, code ?? '', speech?.engine ?? '', speech?.cache ?? ''],
    doubles: [
      status,
      durationMs,
      speech?.firstAudioMs ?? -1,
      speech?.queueMs ?? -1,
      speech?.audioSeconds ?? 0,
    ],
  };
}
