import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ask } from '../api/server.ts';
import { number, t } from '../i18n/i18n.ts';
import { Sparkline } from '../ui/sparkline.tsx';
import { type Metrics, parseMetrics, rateOf } from './prometheus.ts';

const EVERY_MS = 2000;
const MOST_POINTS = 90;
const MOST_CHARTS = 12;

/** What `/metrics` tells, where it tells anything: counters as their change each second. */
export function MetricCharts(): JSX.Element | null {
  const series = useSignal<ReadonlyMap<string, readonly number[]>>(new Map());
  useEffect(() => {
    let before: Metrics | undefined;
    let timer: ReturnType<typeof setTimeout>;
    let isGone = false;
    const look = async (): Promise<void> => {
      const now = await readMetrics();
      if (!now || isGone) return; // there are none: not asked again
      if (before) series.value = extended(series.value, now, before);
      before = now;
      timer = setTimeout(look, EVERY_MS);
    };
    void look();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [series]);
  const charts = [...series.value].slice(0, MOST_CHARTS);
  if (charts.length === 0) return null;
  return (
    <section>
      <h2>{t('serverMetrics')}</h2>
      <div class="charts">
        {charts.map(([name, values]) => (
          <Sparkline key={name} label={titleOf(name)} values={values} shown={number(values.at(-1) ?? 0, 1)} />
        ))}
      </div>
    </section>
  );
}

function extended(
  series: ReadonlyMap<string, readonly number[]>,
  now: Metrics,
  before: Metrics,
): ReadonlyMap<string, readonly number[]> {
  const names = [...now.keys()].filter(
    (name) => name.startsWith('fish_') && !/_(?:sum|created|info)$/.test(name),
  );
  const next = names.map((name) => {
    const value = rateOf(name, now, before, EVERY_MS / 1000);
    return [name, [...(series.get(name) ?? []), value].slice(-MOST_POINTS)] as const;
  });
  return new Map(next);
}

function titleOf(name: string): string {
  const isRate = /_(?:total|count)$/.test(name);
  const words = name
    .replace(/^fish_(?:edge_)?/, '')
    .replace(/_(?:total|count)$/, '')
    .replaceAll('_', ' ');
  return isRate ? `${words} / s` : words;
}

/** @returns undefined where the server tells none, or not to this key */
async function readMetrics(): Promise<Metrics | undefined> {
  const response = await ask('metrics').catch(() => undefined);
  if (!response?.headers.get('content-type')?.startsWith('text/plain')) return undefined;
  return parseMetrics(await response.text());
}
