import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { localClock } from '../../src/adapters/local/local.ts';
import { processProbe } from '../../src/adapters/local/probe.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

const root = join(import.meta.dirname, '../..');
/** What PromQL itself has, and the label names in these queries. */
const words = new Set(
  'histogram_quantile sum by le rate max min count time up job instance engine outcome route status code state upstream kind quantile version runtime'.split(
    ' ',
  ),
);

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

/** Names of series, with the labels that each has, as a server that spoke tells them. */
async function series(): Promise<Map<string, Set<string>>> {
  const upstream = {
    url: 'http://upstream.test',
    kind: 'fish',
    slots: 1,
    inUse: 0,
    isShut: false,
    isDraining: false,
    failures: 0,
  };
  const telemetry = createTelemetry({
    hasMetrics: true,
    clock: localClock,
    probe: processProbe(),
    gauges: {
      active: () => 0,
      streams: () => 0,
      sockets: () => 0,
      load: () => ({ queued: 0, running: 0, upstreams: [upstream] }),
      customVoices: async () => 0,
    },
  });
  const begun = { engine: 'fish', cache: 'miss', firstAudioMs: 1, queueMs: 1 };
  const speech = { ...begun, audioSeconds: 1, tookMs: 1 };
  telemetry.speechBegun({ ...begun, overheadMs: 1, characters: 1 });
  telemetry.speechEnded('finished', speech);
  const request = {
    route: '/',
    method: 'GET',
    dialect: 'openai',
    durationMs: 1,
    outcome: 'finished',
  } as const;
  telemetry.requestEnded({ ...request, status: 400, code: 'invalid_value', speech });
  const found = new Map<string, Set<string>>();
  for (const [, name = '', labels = ''] of (await telemetry.metrics?.text())?.matchAll(
    /^([a-z_]+)(?:\{(.*)\})? /gm,
  ) ?? [])
    found.set(name, new Set([...labels.matchAll(/(\w+)=/g)].map(([, label]) => label ?? '')));
  return found;
}

/** What a query names: each series with the labels that it selects. */
function namedIn(expr: string): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expr.matchAll(/([a-z_]{2,})(?:\{([^}]*)\})?/g)]
    .filter(([, name = '']) => name.includes('fish_edge') || name.startsWith('process_'))
    .map(([, name = '', selector = '']) => ({
      name,
      labels: [...selector.matchAll(/(\w+)=/g)].map(([, label]) => label ?? ''),
    }));
}

describe('what is asked of Prometheus', async () => {
  const known = await series();
  const dashboard = JSON.parse(
    readFileSync(join(root, 'deploy/grafana/fish-edge.json'), 'utf8'),
  ) as Dashboard;
  const rules = parse(readFileSync(join(root, 'deploy/grafana/alerts.yml'), 'utf8')) as Rules;
  const queries = [
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => [title, expr] as const),
    ),
    ...rules.groups.flatMap((group) => group.rules.map(({ alert, expr }) => [alert, expr] as const)),
  ];

  it.each(queries)('%s: %s', (_, expr) => {
    const named = namedIn(expr);
    if (!expr.startsWith('up{')) expect(named.length).toBeGreaterThan(0);
    for (const { name, labels } of named) {
      expect([...known.keys()]).toContain(name);
      const own = [...(known.get(name) ?? []), 'job', 'instance']; // which Prometheus adds
      for (const label of labels) expect(own).toContain(label);
    }
    const bare = expr.replace(/\{[^}]*\}|"[^"]*"|\[[^\]]*\]/g, ' ');
    const others = (bare.match(/[a-z_]{2,}/g) ?? []).filter((word) => !known.has(word) && !words.has(word));
    expect(others).toEqual([]);
  });

  it('asks for everything that is counted', () => {
    const asked = new Set(queries.flatMap(([, expr]) => namedIn(expr).map(({ name }) => name)));
    const unasked = [...known.keys()].filter((name) => !/_(?:sum|count)$/.test(name) && !asked.has(name));
    expect(unasked).toEqual([]);
  });
});
