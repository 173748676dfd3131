import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { apiKey, ask } from '../api/server.ts';
import { type Key, number, t } from '../i18n/i18n.ts';
import { Sparkline } from '../ui/sparkline.tsx';
import { gain, type Metrics, meanOf, parseMetrics } from './prometheus.ts';

const EVERY_MS = 2000;
const MOST_POINTS = 90;

interface Chart {
  readonly label: Key;
  /** Undefined where nothing happened that would tell: then it stays as it was. */
  readonly read: (now: Metrics, before: Metrics, seconds: number) => number | undefined;
  readonly show: (value: number) => string;
}

const perSecond = (value: number): string => t('perSecond', { value: number(value, 1) });
const whole = (value: number): string => number(value);
const gauge =
  (name: string): Chart['read'] =>
  (now) =>
    now.get(`fish_edge_${name}`);
const rate =
  (name: string): Chart['read'] =>
  (now, before, seconds) =>
    gain(`fish_edge_${name}`, now, before) / seconds;

const charts: readonly Chart[] = [
  {
    label: 'firstAudio',
    read: (now, before) => meanOf('fish_edge_time_to_first_audio_seconds', now, before),
    show: (seconds) => t('milliseconds', { value: number(seconds * 1000) }),
  },
  {
    label: 'realTime',
    read: (now, before) => meanOf('fish_edge_real_time_factor', now, before),
    show: (value) => number(value, 2),
  },
  { label: 'requests', read: rate('http_requests_total'), show: perSecond },
  { label: 'chartErrors', read: rate('errors_total'), show: perSecond },
  {
    label: 'chartCache',
    read: cacheShare,
    show: (share) => t('percent', { value: number(share * 100) }),
  },
  { label: 'chartQueue', read: gauge('queue_depth'), show: whole },
  { label: 'chartRunning', read: gauge('queue_running'), show: whole },
  {
    label: 'chartMemory',
    // of the whole process, the voice that it holds included; where nobody can tell, of what JavaScript holds
    read: (now) => now.get('process_resident_memory_bytes') ?? now.get('fish_edge_heap_bytes'),
    show: (bytes) => t('megabytes', { value: number(bytes / 1e6) }),
  },
];

/** Speeches that nobody had to make. */
function cacheShare(now: Metrics, before: Metrics): number | undefined {
  const name = 'fish_edge_speech_cache_total';
  const all = gain(name, now, before);
  const kept = gain(`${name}:hit`, now, before) + gain(`${name}:coalesced`, now, before);
  return all > 0 ? kept / all : undefined;
}

type Series = ReadonlyMap<Chart, readonly number[]>;

/** What `/metrics` tells, where it tells anything. */
export function MetricCharts(): JSX.Element | null {
  const series = useSignal<Series>(new Map());
  const key = apiKey.value;
  useEffect(() => {
    let before: { readonly metrics: Metrics; readonly at: number } | undefined;
    let timer: ReturnType<typeof setTimeout>;
    let isGone = false;
    const look = async (): Promise<void> => {
      const metrics = await readMetrics();
      if (!metrics || isGone) return; // there are none: not asked again
      const now = { metrics, at: performance.now() };
      if (before) series.value = extended(series.value, metrics, before.metrics, (now.at - before.at) / 1000);
      before = now;
      timer = setTimeout(look, EVERY_MS);
    };
    void look();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [series, key]);
  const shown = [...series.value].filter(([, values]) => values.length > 0);
  if (shown.length === 0) return null;
  return (
    <section>
      <h2>{t('serverMetrics')}</h2>
      <div class="charts">
        {shown.map(([{ label, show }, values]) => (
          <Sparkline key={label} label={t(label)} values={values} shown={show(values.at(-1) ?? 0)} />
        ))}
      </div>
    </section>
  );
}

function extended(series: Series, now: Metrics, before: Metrics, seconds: number): Series {
  const next = charts.map((chart) => {
    const values = series.get(chart) ?? [];
    const value = chart.read(now, before, seconds) ?? values.at(-1);
    return [chart, value === undefined ? values : [...values, value].slice(-MOST_POINTS)] as const;
  });
  return new Map(next);
}

/** @returns undefined where the server tells none, or not to this key */
async function readMetrics(): Promise<Metrics | undefined> {
  const response = await ask('metrics').catch(() => undefined);
  if (!response?.headers.get('content-type')?.startsWith('text/plain')) return undefined;
  return parseMetrics(await response.text());
}
