import * as z from 'zod';
import { choice, decimal, HOUR, hidden, integer, originUrl, SECOND, setting, text } from './values.ts';

/** OpenTelemetry's own variables, as its specification has them (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables). */
export const otelSettings = {
  'otel.endpoint': setting(
    originUrl(),
    '',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'otel-endpoint',
    'Address of an OpenTelemetry collector that takes traces and metrics by OTLP over HTTP, for example `http://127.0.0.1:4318`; empty sends none. Node, Bun and Deno',
  ),
  'otel.headers': hidden(
    setting(
      headerPairs(32),
      '',
      'OTEL_EXPORTER_OTLP_HEADERS',
      'otel-headers',
      'Headers for it, such as its key, as `name=value` separated by commas, values percent-encoded',
    ),
  ),
  'otel.timeout': setting(
    integer(10, 60 * SECOND),
    '10000',
    'OTEL_EXPORTER_OTLP_TIMEOUT',
    'otel-timeout',
    'Milliseconds within which it must have taken what it is sent, attempts included',
  ),
  'otel.service_name': setting(
    text(255),
    'fish-edge',
    'OTEL_SERVICE_NAME',
    'otel-service-name',
    'What it is told that this service is called',
  ),
  'otel.resource_attributes': setting(
    headerPairs(64),
    '',
    'OTEL_RESOURCE_ATTRIBUTES',
    'otel-resource-attributes',
    'What else it is told of this service, as `name=value` separated by commas, values percent-encoded',
  ),
  'otel.traces': setting(
    choice('otlp', 'none'),
    'otlp',
    'OTEL_TRACES_EXPORTER',
    'otel-traces',
    'Send traces to it, or none',
  ),
  'otel.sampler': setting(
    choice(
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
      'always_on',
      'always_off',
      'traceidratio',
    ),
    'parentbased_always_on',
    'OTEL_TRACES_SAMPLER',
    'otel-sampler',
    'Which requests are traced: all, none, or a part (`traceidratio`); `parentbased_` heeds what a client with a `traceparent` says',
  ),
  'otel.sampler_arg': setting(
    decimal(0, 1),
    '1',
    'OTEL_TRACES_SAMPLER_ARG',
    'otel-sampler-arg',
    'The part of the requests for `traceidratio`',
  ),
  'otel.metrics': setting(
    choice('otlp', 'none'),
    'otlp',
    'OTEL_METRICS_EXPORTER',
    'otel-metrics',
    'Send what `/metrics` counts to it, or none',
  ),
  'otel.metrics_interval': setting(
    integer(100, HOUR),
    '60000',
    'OTEL_METRIC_EXPORT_INTERVAL',
    'otel-metrics-interval',
    'Milliseconds between two times',
  ),
  'otel.traces_delay': setting(
    integer(10, HOUR),
    '5000',
    'OTEL_BSP_SCHEDULE_DELAY',
    'otel-traces-delay',
    'Milliseconds that traces wait for others to be sent with',
  ),
};

/** `name=value` separated by commas, values percent-encoded; a mapping in the file. */
function headerPairs(max: number): z.ZodType<Readonly<Record<string, string>>> {
  return z.unknown().transform((value, context) => {
    const pairs = pairsOf(value);
    const isFine = pairs?.every(
      ([name, text]) => /^[\w.\-/]{1,128}$/.test(name) && /^[ -~]{0,1024}$/.test(text),
    );
    if (pairs && isFine && pairs.length <= max) return Object.fromEntries(pairs);
    context.addIssue(`must be at most ${max} pairs such as name=value, separated by commas`);
    return z.NEVER;
  });
}

function pairsOf(value: unknown): [name: string, text: string][] | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).map(([name, text]) => [name, String(text)]);
  if (typeof value !== 'string') return undefined;
  try {
    const words = value.split(',').filter((word) => word.trim() !== '');
    return words.map((word) => {
      const at = word.indexOf('=');
      return [word.slice(0, Math.max(0, at)).trim(), decodeURIComponent(word.slice(at + 1).trim())];
    });
  } catch {
    return undefined; // a percent sign that begins nothing
  }
}
