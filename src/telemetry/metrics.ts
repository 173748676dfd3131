import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';
import type { Clock, OtherProcesses, ProcessProbe } from '../core/ports.ts';
import type { MetricFamily } from '../core/trace.ts';
import { version } from '../core/version.ts';
import { addGauges } from './gauges.ts';
import {
  type BegunSpeech,
  type EndedRequest,
  type EndedSpeech,
  type Gauges,
  knownMethods,
} from './samples.ts';

export interface Metrics {
  requestEnded(request: EndedRequest): void;
  speechBegun(speech: BegunSpeech): void;
  speechEnded(outcome: EndedRequest['outcome'], speech: EndedSpeech): void;
  families(): Promise<readonly MetricFamily[]>;
  /** All of it in the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

const SECOND = 1000;

/** Seconds, for what a listener waits for. */
const waits = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const durations = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const overheads = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const factors = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 5];

/** The families of docs/operate.md. No label has a value that a client can choose. */
export function createMetrics(
  gauges: Gauges,
  {
    probe,
    otherProcesses,
  }: {
    readonly probe?: ProcessProbe | undefined;
    readonly otherProcesses?: OtherProcesses | undefined;
  },
  clock: Pick<Clock, 'wallNow'>,
): Metrics {
  const registry = new Registry();
  const requestEnded = countRequests(registry);
  const speechBegun = countBegun(registry);
  const speechEnded = countEnded(registry);
  const info = new Gauge({
    name: 'fish_edge_build_info',
    help: 'The version that runs, and on what',
    labelNames: ['version', 'runtime'],
    aggregator: 'first',
    registers: [registry],
  });
  info.set({ version, runtime: probe?.runtime ?? 'unknown' }, 1);
  addGauges(registry, gauges, probe, clock);
  otherProcesses?.onCount(() => registry.getMetricsAsJSON());

  return {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    families: () => familiesOf(registry),
    async text() {
      if (otherProcesses) return otherProcesses.total(await registry.getMetricsAsJSON());
      const text = await registry.metrics();
      return probe?.isOneOfMany ? `# The counts of one isolate: others count for themselves.\n${text}` : text;
    },
    requestEnded,
    speechBegun,
    speechEnded,
  };
}

function countRequests(registry: Registry): Metrics['requestEnded'] {
  const { counter, histogram } = makersFor(registry);
  const requests = counter(
    'http_requests_total',
    'Requests by the pattern of their route, once their answer has ended; 499 is a client that left',
    ['route', 'method', 'status', 'dialect'],
  );
  const duration = histogram(
    'http_request_duration_seconds',
    'From a request to the end of its answer: of a stream, to its last audio',
    ['route'],
    durations,
  );
  const errors = counter('errors_total', 'Requests that were refused or failed, by the kind of error', [
    'code',
  ]);
  return ({ route, method, status, dialect, durationMs, code }) => {
    requests.inc({ route, method: knownMethods.has(method) ? method : 'other', status, dialect });
    duration.observe({ route }, durationMs / SECOND);
    if (code !== undefined) errors.inc({ code });
  };
}

function countBegun(registry: Registry): Metrics['speechBegun'] {
  const { counter, histogram } = makersFor(registry);
  const firstAudio = histogram(
    'time_to_first_audio_seconds',
    'From a request that was read to its first audio',
    ['engine', 'cache'],
    waits,
  );
  const queueWait = histogram('queue_wait_seconds', 'What a speech waited for its turn', ['engine'], waits);
  const overhead = histogram(
    'overhead_seconds',
    'What this server itself took until the first audio: without the queue and without whoever speaks',
    ['engine'],
    overheads,
  );
  const characters = counter('input_characters_total', 'Characters that were spoken', ['engine']);
  const cache = counter('speech_cache_total', 'Speeches by how the cache had to do with them', ['state']);
  for (const state of ['hit', 'miss', 'coalesced', 'bypass']) cache.inc({ state }, 0);
  return ({ engine, cache: state, firstAudioMs, queueMs, overheadMs, characters: count }) => {
    firstAudio.observe({ engine, cache: state }, firstAudioMs / SECOND);
    if (queueMs !== undefined) queueWait.observe({ engine }, queueMs / SECOND);
    if (overheadMs !== undefined) overhead.observe({ engine }, overheadMs / SECOND);
    characters.inc({ engine }, count);
    cache.inc({ state });
  };
}

function countEnded(registry: Registry): Metrics['speechEnded'] {
  const { counter, histogram } = makersFor(registry);
  const factor = histogram(
    'real_time_factor',
    'Seconds from a request to its last audio for each second of audio; a listener who takes it as it plays makes it about 1',
    ['engine'],
    factors,
  );
  const audio = counter('audio_seconds_total', 'Seconds of audio that went out', ['engine']);
  const ended = counter(
    'speech_ended_total',
    'Speeches by how they ended: finished, cancelled by their client, or truncated by a failure after their first audio',
    ['outcome'],
  );
  for (const outcome of ['finished', 'cancelled', 'truncated']) ended.inc({ outcome }, 0);
  return (outcome, { engine, cache: state, audioSeconds, tookMs }) => {
    audio.inc({ engine }, audioSeconds);
    ended.inc({ outcome: outcome === 'error' ? 'truncated' : outcome });
    const isMade = state === 'miss' || state === 'bypass';
    if (outcome === 'finished' && isMade && audioSeconds > 0)
      factor.observe({ engine }, tookMs / SECOND / audioSeconds);
  };
}

interface FamilyMakers {
  counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L>;
  histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ): Histogram<L>;
}

/** Makes families of `registry` under our prefix. */
function makersFor(registry: Registry): FamilyMakers {
  const registers = [registry];
  return {
    counter: (name, help, labelNames) =>
      new Counter({ name: `fish_edge_${name}`, help, labelNames: [...labelNames], registers }),
    histogram: (name, help, labelNames, buckets) =>
      new Histogram({ name: `fish_edge_${name}`, help, labelNames: [...labelNames], buckets, registers }),
  };
}

/** Whatever they are counted by. */
async function familiesOf(registry: Registry): Promise<readonly MetricFamily[]> {
  const all = (await registry.getMetricsAsJSON()) as unknown as readonly PromMetric[];
  return all.map(({ values, ...about }) => ({
    ...about,
    samples: values.map(({ metricName, labels, value }) => ({
      name: metricName ?? about.name,
      labels,
      value,
    })),
  }));
}

/** What prom-client gives; its own type says less. */
interface PromMetric extends Omit<MetricFamily, 'samples'> {
  readonly values: readonly (Omit<MetricFamily['samples'][number], 'name'> & {
    readonly metricName?: string;
  })[];
}
