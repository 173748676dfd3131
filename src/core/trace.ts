/** Numbers and fixed words: never a text, a name that a client chose, a key, or an address with a password. */
export type TraceAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** What a request does, one within the other (docs/operate.md). */
type TracePart = 'queue' | 'attempt' | 'first_audio' | 'encode';

/** A stretch of time in a trace; OpenTelemetry's span. */
export interface TraceSpan {
  /** 32 hex digits, for the log. */
  readonly traceId: string;
  /** For whoever is asked in its course: `traceparent` and `tracestate` of W3C Trace Context. */
  readonly headers: Readonly<Record<string, string>>;
  /** @param at when it began, by `Clock.now`; absent: now */
  begin(part: TracePart, attributes?: TraceAttributes, at?: number): TraceSpan;
  /**
   * Ends it; more than once does nothing.
   * @param failure a word for why it failed
   * @param at when it ended, by `Clock.now`; absent: now
   */
  end(attributes?: TraceAttributes, failure?: string, at?: number): void;
}

/** The span of a request, which knows its route only when it ends. */
export interface RequestSpan extends TraceSpan {
  rename(name: string): void;
}

/** A metric as it is now. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  /** Of a histogram with `_bucket` (and the label `le`), `_sum` or `_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** Takes traces and counts to a collector, in the background. Nothing of it fails, or makes anybody wait. */
export interface TelemetryExport {
  /** The span of a request, within that of a client who says so by `traceparent`; absent: no traces are wanted. */
  readonly beginRequest?: ((headers: Headers, at: number) => RequestSpan) | undefined;
  /** Sends what `read` tells, again and again, and once more at the end. */
  sendMetrics(read: () => Promise<readonly MetricFamily[]>): void;
  /** Sends what waits, for a moment. */
  close(): Promise<void>;
}
