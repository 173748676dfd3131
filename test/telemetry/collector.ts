import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Value = {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
};
type Pairs = readonly { readonly key: string; readonly value: Value }[];

/** The part of OTLP's JSON that is looked at (opentelemetry-proto 1.x). */
interface RawSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: Pairs;
}

export interface CollectedSpan extends Omit<RawSpan, 'attributes'> {
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface CollectedMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly isMonotonic: boolean; readonly dataPoints: readonly Point[] };
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}

interface Point {
  readonly attributes: Pairs;
  readonly asDouble?: number;
  readonly count?: number | string;
  readonly bucketCounts?: readonly (number | string)[];
  readonly explicitBounds?: readonly number[];
}

export interface Collector {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** The last that came of each process. */
  metric(name: string): CollectedMetric | undefined;
  readonly resources: readonly Readonly<Record<string, unknown>>[];
  readonly headers: readonly IncomingMessage['headers'][];
  /** All that came, as text. */
  text(): string;
  close(): Promise<void>;
}

/** Takes what an OpenTelemetry collector takes at its port for OTLP over HTTP. `isSilent`: takes it, and never answers. */
export async function startCollector(isSilent = false): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const metrics = new Map<string, CollectedMetric>();
  const resources: Record<string, unknown>[] = [];
  const headers: IncomingMessage['headers'][] = [];
  let text = '';
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    text += body;
    headers.push(request.headers);
    const document = JSON.parse(body);
    for (const { resource, scopeSpans } of document.resourceSpans ?? []) {
      resources.push(plain(resource.attributes));
      for (const { spans: sent } of scopeSpans)
        for (const span of sent as RawSpan[]) spans.push({ ...span, attributes: plain(span.attributes) });
    }
    for (const { resource, scopeMetrics } of document.resourceMetrics ?? []) {
      resources.push(plain(resource.attributes));
      for (const { metrics: sent } of scopeMetrics)
        for (const metric of sent as CollectedMetric[]) metrics.set(metric.name, metric);
    }
    if (!isSilent) response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    metric: (name) => metrics.get(name),
    resources,
    headers,
    text: () => text,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

export function plain(pairs: Pairs): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [key, value.stringValue ?? value.doubleValue ?? Number(value.intValue)]),
  );
}
