import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRuntime, type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { post } from '../conformance/suites/context.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { type CollectedSpan, type Collector, plain, startCollector } from './collector.ts';

const runtimes: readonly Runtime[] = ['node', 'bun', 'deno'];
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const caller = '00f067aa0ba902b7';
const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;

/** Sends soon, so that no test waits for the usual minute. */
function settings(origin: FakeOrigin, collector: Pick<Collector, 'url'>): Record<string, string> {
  return {
    FISH_BACKEND: origin.url,
    FISH_FALLBACK: 'false',
    FISH_RETRIES: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
  };
}

describe.each(runtimes)('%s tells a collector of OpenTelemetry', (runtime) => {
  describe.skipIf(!hasRuntime(runtime))('(skipped without it)', () => {
    let origin: FakeOrigin;
    let collector: Collector;
    let server: RunningServer;
    beforeAll(async () => {
      [origin, collector] = [await startFakeOrigin(), await startCollector()];
      const env = {
        ...settings(origin, collector),
        FISH_API_KEY: 'a-secret-key',
        OTEL_SERVICE_NAME: 'speaker',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=a%20test',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=of%20the%20collector',
      };
      server = await startServer(runtime, { env });
    });
    afterAll(async () => {
      await server?.stop();
      await Promise.all([origin?.close(), collector?.close()]);
    });
    const ask = async (text: string, headers: Record<string, string> = {}): Promise<string> => {
      const answer = await post(
        `${server.url}/v1/tts`,
        { text, streaming: true },
        { headers: { authorization: 'Bearer a-secret-key', ...headers } },
      );
      await answer.arrayBuffer();
      return answer.headers.get('x-request-id') ?? '';
    };
    const spanOf = async (id: string): Promise<CollectedSpan> => {
      const find = (): CollectedSpan | undefined =>
        collector.spans.find(({ attributes }) => attributes['fish_edge.request_id'] === id);
      await expect.poll(find).toBeDefined();
      return find() as CollectedSpan;
    };
    const partsOf = ({ spanId }: CollectedSpan, name: string): CollectedSpan[] =>
      collector.spans.filter((span) => span.parentSpanId === spanId && span.name === name);

    it('of a request and its parts, within the trace of its client', async () => {
      const before = origin.spoken.length;
      const id = await ask('Words that are nobody else’s.', {
        traceparent: `00-${traceId}-${caller}-01`,
        tracestate: 'vendor=1',
      });
      const request = await spanOf(id);
      expect(request).toMatchObject({ name: 'POST /v1/tts', kind: SERVER, traceId, parentSpanId: caller });
      expect(request.attributes).toMatchObject({
        'http.request.method': 'POST',
        'http.route': '/v1/tts',
        'http.response.status_code': 200,
        'fish_edge.engine': 'fish',
        'fish_edge.outcome': 'finished',
      });
      for (const name of ['queue', 'attempt', 'first_audio', 'encode'])
        await expect.poll(() => partsOf(request, name), { message: name }).toHaveLength(1);
      const [attempt] = partsOf(request, 'attempt');
      expect(attempt).toMatchObject({ kind: CLIENT, traceId });
      expect(attempt?.attributes).toMatchObject({
        'server.address': '127.0.0.1',
        'fish_edge.upstream.kind': 'fish',
        'fish_edge.outcome': 'finished',
      });
      expect(origin.spoken[before]?.headers).toMatchObject({
        traceparent: `00-${traceId}-${attempt?.spanId}-01`,
        tracestate: 'vendor=1',
      });
      const [first, encode] = [partsOf(request, 'first_audio')[0], partsOf(request, 'encode')[0]];
      expect(first?.endTimeUnixNano).toBe(encode?.startTimeUnixNano);
      expect(encode?.attributes['fish_edge.audio_seconds']).toBeGreaterThan(0);
      await expect.poll(() => server.logs.find((line) => line.id === id)).toMatchObject({ trace: traceId });
    });

    it('of each attempt, and of how it ended', async () => {
      const request = await spanOf(await ask('[[status=503]] Nobody can say this.'));
      expect(request).toMatchObject({ status: { code: ERROR } });
      await expect.poll(() => partsOf(request, 'attempt')).toHaveLength(2);
      for (const attempt of partsOf(request, 'attempt')) {
        expect(attempt.status.code).toBe(ERROR);
        expect(attempt.attributes['fish_edge.outcome']).toBe('error');
      }
      expect(partsOf(request, 'encode')).toEqual([]);
    });

    it('nothing of probes, of texts and of keys', async () => {
      await (await fetch(`${server.url}/livez`)).arrayBuffer();
      await spanOf(await ask('More words that are nobody else’s.'));
      expect(collector.spans.filter(({ name }) => name.includes('livez'))).toEqual([]);
      expect(collector.text()).not.toMatch(/nobody else|a-secret-key|of the collector/);
    });

    it('what /metrics counts, once', async () => {
      await ask('To be counted.');
      const authorization = 'Bearer a-secret-key';
      const total = async (): Promise<number> => {
        const text = await (await fetch(`${server.url}/metrics`, { headers: { authorization } })).text();
        return Number(
          /^fish_edge_http_requests_total\{route="\/v1\/tts",method="POST",status="200".* (\d+)$/m.exec(
            text,
          )?.[1],
        );
      };
      const sent = (): number | undefined =>
        collector
          .metric('fish_edge_http_requests_total')
          ?.sum?.dataPoints.find(({ attributes }) => plain(attributes).status === 200)?.asDouble;
      await expect.poll(async () => (await total()) === sent()).toBe(true); // the last request may not be counted yet
      const histogram = collector.metric('fish_edge_time_to_first_audio_seconds');
      const [point] = histogram?.histogram?.dataPoints ?? [];
      expect(histogram?.unit).toBe('s');
      expect(point?.bucketCounts).toHaveLength((point?.explicitBounds?.length ?? 0) + 1);
      expect(point?.bucketCounts?.reduce((sum: number, count) => sum + Number(count), 0)).toBe(
        Number(point?.count),
      );
      expect(collector.metric('fish_edge_streams')?.gauge?.dataPoints).toHaveLength(1);
    });

    it('who it is, with the headers that it is to have', () => {
      expect(collector.resources.at(-1)).toMatchObject({
        'service.name': 'speaker',
        'deployment.environment': 'a test',
        'process.runtime.name': runtime,
        'service.instance.id': expect.any(String),
      });
      expect(collector.headers.at(-1)?.['x-collector-key']).toBe('of the collector');
    });

    it.each(['away', 'silent'])('and speaks, and stops, where it is %s', async (how) => {
      const silent = await startCollector(true);
      if (how === 'away') await silent.close();
      const other = await startServer(runtime, { env: settings(origin, silent) });
      const answer = await post(`${other.url}/v1/tts`, { text: 'All the same.', streaming: true });
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
      if (how === 'away')
        await expect
          .poll(() =>
            other.logs.filter(({ message }) => message === 'the collector of OpenTelemetry takes nothing'),
          )
          .toHaveLength(1);
      other.signal('SIGTERM');
      expect(await other.exited).toBe(0);
      if (how === 'silent') await silent.close();
    });

    it('nothing of requests that are not to be traced, whose upstreams are told so', async () => {
      const quiet = await startCollector();
      const env = { ...settings(origin, quiet), OTEL_TRACES_SAMPLER: 'always_off' };
      const other = await startServer(runtime, { env });
      const before = origin.spoken.length;
      await (await post(`${other.url}/v1/tts`, { text: 'Unseen.' })).arrayBuffer();
      await expect.poll(() => quiet.metric('fish_edge_http_requests_total')).toBeDefined();
      await other.stop();
      expect(quiet.spans).toEqual([]);
      expect(origin.spoken[before]?.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      await quiet.close();
    });
  });
});
