/** The sums over all labels of what Prometheus' text format tells, by name; by `name:value` those of a label `state`. */
export type Metrics = ReadonlyMap<string, number>;

const line = /^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})?[ \t]+(\S+)/;

/** Histograms are known by their count and sum alone. */
export function parseMetrics(text: string): Metrics {
  const sums = new Map<string, number>();
  const add = (name: string, value: number): void => {
    sums.set(name, (sums.get(name) ?? 0) + value);
  };
  for (const row of text.split('\n')) {
    const [, name, labels = '', value] = line.exec(row) ?? [];
    if (name === undefined || name.endsWith('_bucket') || !Number.isFinite(Number(value))) continue;
    add(name, Number(value));
    const [, state] = /(?:^|,)state="(\w+)"/.exec(labels) ?? [];
    if (state !== undefined) add(`${name}:${state}`, Number(value));
  }
  return sums;
}

/** What a counter gained; one that became smaller began anew. */
export function gain(name: string, now: Metrics, before: Metrics): number {
  return Math.max(0, (now.get(name) ?? 0) - (before.get(name) ?? 0));
}

/** The mean of what a histogram counted since `before`; undefined where it counted nothing. */
export function meanOf(name: string, now: Metrics, before: Metrics): number | undefined {
  const count = gain(`${name}_count`, now, before);
  return count > 0 ? gain(`${name}_sum`, now, before) / count : undefined;
}
