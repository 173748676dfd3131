/** The sums over all labels of what Prometheus' text format tells, by name. */
export type Metrics = ReadonlyMap<string, number>;

const line = /^([a-zA-Z_:][\w:]*)(?:\{[^}]*\})?[ \t]+(\S+)/;

/** Histograms are known by their count and sum alone. */
export function parseMetrics(text: string): Metrics {
  const sums = new Map<string, number>();
  for (const row of text.split('\n')) {
    const [, name, value] = line.exec(row) ?? [];
    if (name === undefined || name.endsWith('_bucket') || !Number.isFinite(Number(value))) continue;
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}

/** Change of a counter each second; of a gauge its value. */
export function rateOf(name: string, now: Metrics, before: Metrics, seconds: number): number {
  const value = now.get(name) ?? 0;
  const isCounter = /_(?:total|count|sum)$/.test(name);
  return isCounter ? Math.max(0, value - (before.get(name) ?? 0)) / seconds : value;
}
