import { type HrTime, ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { MetricFamily, MetricSample } from '../../core/trace.ts';

/** Counts as `/metrics` has them, as OpenTelemetry's own metrics are: since `startTime`, as they are at `endTime`. */
export function toMetricData(family: MetricFamily, startTime: HrTime, endTime: HrTime): MetricData {
  const { name, help, type, samples } = family;
  const common = {
    descriptor: { name, description: help, unit: unitOf(name), valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const time = { startTime, endTime };
  if (type === 'histogram')
    return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: histograms(family, time) };
  const dataPoints = samples.map(({ labels, value }) => ({ ...time, attributes: { ...labels }, value }));
  return type === 'counter'
    ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...common, dataPointType: DataPointType.GAUGE, dataPoints };
}

function unitOf(name: string): string {
  const [, word = ''] = /_(seconds|bytes)(?:_total)?$/.exec(name) ?? [];
  return { seconds: 's', bytes: 'By' }[word] ?? '1';
}

interface Gathered {
  readonly labels: MetricSample['labels'];
  readonly boundaries: number[];
  /** Cumulated, as Prometheus counts them. */
  readonly upTo: number[];
  sum: number;
  count: number;
}

function histograms(
  { name, samples }: MetricFamily,
  time: { readonly startTime: HrTime; readonly endTime: HrTime },
): Extract<MetricData, { dataPointType: DataPointType.HISTOGRAM }>['dataPoints'] {
  const all = new Map<string, Gathered>();
  for (const {
    name: part,
    labels: { le, ...labels },
    value,
  } of samples) {
    const key = JSON.stringify(labels);
    const found = all.get(key) ?? { labels, boundaries: [], upTo: [], sum: 0, count: 0 };
    all.set(key, found);
    if (part === `${name}_sum`) found.sum = value;
    else if (part === `${name}_count`) found.count = value;
    else if (le !== '+Inf') {
      found.boundaries.push(Number(le));
      found.upTo.push(value);
    }
  }
  return [...all.values()].map(({ labels, boundaries, upTo, sum, count }) => {
    const counts = [...upTo, count].map((value, i) => value - (upTo[i - 1] ?? 0));
    return { ...time, attributes: labels, value: { buckets: { boundaries, counts }, sum, count } };
  });
}
