import type { Clock, DataPoint, OtherProcesses, ProcessProbe } from '../core/ports.ts';
import type { TelemetryExport } from '../core/trace.ts';
import { createMetrics, type Metrics } from './metrics.ts';
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

/** How many speeches are remembered. */
const REMEMBERED = 128;

/** How long the last speeches took to their first audio. */
class Recent {
  readonly #times = new Float64Array(REMEMBERED);
  #count = 0;

  firstAudio(ms: number): void {
    this.#times[this.#count % REMEMBERED] = ms;
    this.#count++;
  }

  /** Milliseconds, of the last ones; undefined before the first one. */
  firstAudioMs(): { readonly p50: number; readonly p95: number; readonly of: number } | undefined {
    const of = Math.min(this.#count, REMEMBERED);
    if (of === 0) return undefined;
    const sorted = this.#times.slice(0, of).sort();
    const at = (share: number): number => Math.round(sorted[Math.ceil(share * of) - 1] ?? 0);
    return { p50: at(0.5), p95: at(0.95), of };
  }
}
