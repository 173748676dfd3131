import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import type { UpstreamLoad } from '../core/engine.ts';
import type { Clock, ProcessProbe } from '../core/ports.ts';
import type { Gauges } from './samples.ts';

const SECOND = 1000;

/** What several processes have together. */
type Aggregator = 'sum' | 'min' | 'max';

/** What is looked at when somebody asks for it. */
export function addGauges(
  registry: Registry,
  now: Gauges,
  probe: ProcessProbe | undefined,
  clock: Pick<Clock, 'wallNow'>,
): void {
  const gauge = gaugeOf(registry);
  gauge('fish_edge_inflight_requests', 'Requests whose answer has not ended', now.active);
  gauge('fish_edge_streams', 'Answers with speech that are being made or sent', now.streams);
  gauge('fish_edge_websocket_sessions', 'WebSockets that are open', now.sockets);
  gauge('fish_edge_queue_depth', 'Speeches that wait for their turn', () => now.load()?.queued ?? 0);
  gauge('fish_edge_queue_running', 'Speeches that have their turn', () => now.load()?.running ?? 0);
  gauge('fish_edge_custom_voices', 'Voices that clients made', now.customVoices, 'max');
  addUpstreams(registry, () => now.load()?.upstreams ?? []);
  const started = clock.wallNow() / SECOND;
  gauge('process_start_time_seconds', 'When the server began, in seconds since 1970', () => started, 'min');
  if (probe) addProcess(registry, probe);
}

type AddGauge = (
  name: string,
  help: string,
  value: () => number | undefined | Promise<number>,
  aggregator?: Aggregator,
) => void;

function gaugeOf(registry: Registry): AddGauge {
  return (name, help, value, aggregator = 'sum') => {
    new Gauge({
      name,
      help,
      aggregator,
      registers: [registry],
      async collect() {
        const found = await value();
        if (found !== undefined) this.set(found);
      },
    });
  };
}

function addUpstreams(registry: Registry, upstreams: () => readonly UpstreamLoad[]): void {
  const registers = [registry];
  const labelNames = ['upstream', 'kind'];
  const upstream = (
    name: string,
    help: string,
    value: (upstream: UpstreamLoad) => number,
    aggregator: Aggregator = 'max',
  ): void => {
    new Gauge({
      aggregator,
      name: `fish_edge_upstream_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset(); // a reload may have taken some away
        for (const [place, each] of upstreams().entries())
          this.set({ upstream: place, kind: each.kind }, value(each));
      },
    });
  };
  upstream(
    'slots',
    'Speeches that an upstream may make at once, by its place in the configuration',
    (each) => each.slots,
  );
  upstream('slots_in_use', 'Slots of an upstream that this server holds', (each) => each.inUse, 'sum');
  upstream('breaker_open', '1 while an upstream is left alone because it failed', (each) =>
    Number(each.isShut),
  );
  upstream('draining', '1 for an upstream that gets nothing new', (each) => Number(each.isDraining));
  new Counter({
    name: 'fish_edge_upstream_failures_total',
    help: 'Failures of an upstream, those included that another one made good',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const [place, each] of upstreams().entries())
        this.inc({ upstream: place, kind: each.kind }, each.failures);
    },
  });
}

/** What this runtime can tell of its process. */
function addProcess(registry: Registry, { memory, cpuSeconds, eventLoopDelay }: ProcessProbe): void {
  const registers = [registry];
  const gauge = gaugeOf(registry);
  if (memory) {
    gauge('process_resident_memory_bytes', 'Resident memory', () => memory().residentBytes);
    gauge('fish_edge_heap_bytes', 'Heap of JavaScript that is in use', () => memory().heapBytes);
  }
  if (cpuSeconds) {
    new Counter({
      name: 'process_cpu_seconds_total',
      help: 'CPU time of the process',
      registers,
      collect() {
        this.reset();
        this.inc(cpuSeconds());
      },
    });
  }
  if (!eventLoopDelay) return;
  new Gauge({
    name: 'fish_edge_event_loop_delay_seconds',
    help: 'How late timers rang since the last look',
    labelNames: ['quantile'],
    aggregator: 'max',
    registers,
    collect() {
      for (const [quantile, seconds] of Object.entries(eventLoopDelay())) this.set({ quantile }, seconds);
    },
  });
}
