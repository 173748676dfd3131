import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { Clock } from '../../core/ports.ts';
import type { RequestSpan, TraceAttributes, TraceSpan } from '../../core/trace.ts';

/** Parts of one request: a book has thousands of sentences, and the rest of them says no more. */
const MAX_PARTS = 256;

interface RequestTrace {
  /** The time of day when the clock began: it may jump, and the parts of one request are not to. */
  readonly zeroAt: number;
  partsLeft: number;
}

const propagator = new W3CTraceContextPropagator();
const incoming = {
  get: (headers: Headers, name: string): string | undefined => headers.get(name) ?? undefined,
  keys: (headers: Headers): string[] => [...headers.keys()],
};
const outgoing = {
  set(headers: Record<string, string>, name: string, value: string): void {
    headers[name] = value;
  },
};

/** Spans of OpenTelemetry as the server sees them: see `TelemetryExport.beginRequest`. */
export function createRequestSpans(
  tracer: Tracer,
  clock: Pick<Clock, 'now' | 'wallNow'>,
): (headers: Headers, at: number) => RequestSpan {
  const wrap = (span: Span, context: Context, request: RequestTrace): RequestSpan => {
    const inner = trace.setSpan(context, span);
    let isOver = false;
    const timeOf = (at = clock.now()): number => request.zeroAt + at;
    return {
      traceId: span.spanContext().traceId,
      get headers() {
        const headers: Record<string, string> = {};
        propagator.inject(inner, headers, outgoing);
        return headers;
      },
      begin(part, attributes, at) {
        if (request.partsLeft <= 0) return silent(this);
        request.partsLeft--;
        const kind = part === 'attempt' ? SpanKind.CLIENT : SpanKind.INTERNAL;
        const options = { kind, attributes: known(attributes), startTime: timeOf(at) };
        return wrap(tracer.startSpan(part, options, inner), inner, request);
      },
      rename: (name) => void span.updateName(name),
      end(attributes, failure, at) {
        if (isOver) return;
        isOver = true;
        span.setAttributes(known(attributes));
        if (failure !== undefined) {
          span.setAttribute('error.type', failure);
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end(timeOf(at));
      },
    };
  };
  return (headers, at) => {
    const parent = propagator.extract(ROOT_CONTEXT, headers, incoming);
    const zeroAt = clock.wallNow() - clock.now();
    const options = { kind: SpanKind.SERVER, startTime: zeroAt + at };
    return wrap(tracer.startSpan('request', options, parent), parent, { zeroAt, partsLeft: MAX_PARTS });
  };
}

/** One part too many: whoever is asked in its course is within its parent. */
function silent({ traceId, headers }: TraceSpan): TraceSpan {
  return { traceId, headers, begin: () => silent({ traceId, headers } as TraceSpan), end() {} };
}

function known(attributes: TraceAttributes = {}): Record<string, string | number | boolean> {
  const entries = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, string | number | boolean>;
}
