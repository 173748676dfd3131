import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, endless, post, startingMs } from './context.ts';

const key = 'a-key-for-metrics';
/** Of the text format, version 0.0.4: a comment, or a sample with its labels. */
const line =
  /^(?:# (?:HELP|TYPE) [a-z_:][a-z0-9_:]* .+|[a-z_:][a-z0-9_:]*(?:\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\})? (?:[-+0-9.e]+|\+Inf|NaN))?$/i;

/** What a server counts, as Prometheus reads it. */
export function addMetrics({ runtime, origin }: Context): void {
  describe('metrics', { timeout: startingMs }, () => {
    let server: RunningServer;
    beforeAll(async () => {
      const env = {
        FISH_BACKEND: origin().url,
        FISH_FALLBACK: 'false',
        FISH_RETRIES: '0',
        FISH_CACHE: 'auto',
      };
      server = await startServer(runtime, { env });
    }, startingMs);
    afterAll(() => server?.stop());

    const scrape = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
    /** The sum of the samples of `name` whose labels have all of `labels`. */
    const read = async (name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> => {
      const found = (await scrape())
        .split('\n')
        .filter((each) => each.startsWith(`${name}{`) || each.startsWith(`${name} `))
        .filter((each) =>
          Object.entries(labels).every(([label, value]) => each.includes(`${label}="${value}"`)),
        );
      return found.reduce((sum, each) => sum + Number(each.slice(each.lastIndexOf(' '))), 0);
    };
    const speech = { engine: 'fish' };

    it('are in the text format, with help and a type for each family', async () => {
      await (await post(`${server.url}/v1/tts`, { text: 'Counted.' })).arrayBuffer();
      const response = await fetch(`${server.url}/metrics`);
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      const text = await response.text();
      expect(text.endsWith('\n')).toBe(true);
      const lines = text
        .split('\n')
        .filter((each) => !(runtime === 'workers' && each.startsWith('# The counts of one')));
      expect(lines.filter((each) => !line.test(each))).toEqual([]);
      for (const family of text.matchAll(/^# HELP (\S+)/gm)) expect(text).toContain(`# TYPE ${family[1]} `);
      expect(text.includes('# The counts of one isolate')).toBe(runtime === 'workers');
      const name = runtime === 'workers' ? 'workerd' : runtime;
      expect(await read('fish_edge_build_info', { runtime: name })).toBe(1);
    });

    it('tell of a speech: its route, its first audio, its seconds, its turn and what is ours of it', async () => {
      const labels = { route: '/v1/audio/speech', method: 'POST', status: '200', dialect: 'openai' };
      const names = [
        'fish_edge_time_to_first_audio_seconds_count',
        'fish_edge_queue_wait_seconds_count',
        'fish_edge_overhead_seconds_count',
        'fish_edge_real_time_factor_count',
        'fish_edge_speech_ended_total',
      ];
      const before = await Promise.all(names.map((name) => read(name)));
      const [requests, seconds] = [
        await read('fish_edge_http_requests_total', labels),
        await read('fish_edge_audio_seconds_total', speech),
      ];
      const input = `Say this, ${crypto.randomUUID()}.`;
      const answer = await post(`${server.url}/v1/audio/speech`, { input, response_format: 'pcm' });
      const bytes = (await answer.arrayBuffer()).byteLength;
      await expect.poll(() => read('fish_edge_http_requests_total', labels)).toBe(requests + 1);
      const more = async (): Promise<number[]> => {
        const after = await Promise.all(names.map((name) => read(name)));
        return after.map((count, i) => count - (before[i] ?? 0));
      };
      await expect.poll(more).toEqual(names.map(() => 1));
      const made = (await read('fish_edge_audio_seconds_total', speech)) - seconds;
      expect(made).toBeCloseTo(bytes / 2 / 24_000, 0);
      expect(await read('fish_edge_upstream_slots', { upstream: '0', kind: 'fish' })).toBe(1);
      expect(await read('fish_edge_upstream_breaker_open')).toBe(0);

      const misses = await read('fish_edge_speech_cache_total', { state: 'miss' });
      await expect
        .poll(async () => {
          await (
            await post(`${server.url}/v1/audio/speech`, { input, response_format: 'pcm' })
          ).arrayBuffer();
          return read('fish_edge_speech_cache_total', { state: 'hit' });
        })
        .toBeGreaterThan(0);
      expect(misses).toBeGreaterThan(0);
    });

    it('tell a client that left from an upstream that broke off', async () => {
      const outcomes = async (): Promise<number[]> => [
        await read('fish_edge_speech_ended_total', { outcome: 'cancelled' }),
        await read('fish_edge_speech_ended_total', { outcome: 'truncated' }),
        await read('fish_edge_http_requests_total', { status: '499' }),
      ];
      const [cancelled = 0, truncated = 0, gone = 0] = await outcomes();
      const client = new AbortController();
      const text = `${endless} A story without an end.`;
      const left = await post(`${server.url}/v1/tts`, { text, streaming: true }, { signal: client.signal });
      await left.body?.getReader().read();
      client.abort();
      await expect.poll(outcomes, { timeout: 20_000 }).toEqual([cancelled + 1, truncated, gone + 1]);
      const broken = await post(`${server.url}/v1/tts`, {
        text: '[[chunkBytes=2000]] [[chunkMs=5]] [[dieAfterBytes=20000]] Cut short.',
        streaming: true,
      });
      await expect(broken.arrayBuffer()).rejects.toThrow();
      await expect.poll(outcomes, { timeout: 20_000 }).toEqual([cancelled + 1, truncated + 1, gone + 1]);
      expect(await read('fish_edge_upstream_failures_total', { upstream: '0' })).toBeGreaterThan(0);
    });

    it('have no label that a client can choose', async () => {
      const mark = 'CHOSEN_BY_A_CLIENT';
      const at = (path: string, init?: RequestInit): Promise<unknown> =>
        fetch(`${server.url}${path}`, init).then((response) => response.arrayBuffer());
      await at(`/${mark}`);
      await at(`/v1/models/${mark}`);
      await at(`/v1/voices/${mark}`);
      await at(`/v1/tts?${mark}`, { method: mark });
      await at('/v1/health', {
        headers: { 'x-request-id': mark, 'user-agent': mark, authorization: `Bearer ${mark}` },
      });
      const body = { input: `${mark}.`, voice: mark, model: mark, response_format: mark };
      await (await post(`${server.url}/v1/audio/speech`, body)).arrayBuffer();
      await (await post(`${server.url}/v1/text-to-speech/${mark}`, { text: mark })).arrayBuffer();
      const text = await scrape();
      expect(text).toContain('route="unmatched"');
      expect(text).toContain('route="/v1/models/:id{.+}"');
      expect(text).not.toContain(mark);
      expect(text).not.toContain(new URL(origin().url).host);
    });
  });

  describe('metrics where keys are set', { timeout: startingMs }, () => {
    const asked = async (
      env: Record<string, string>,
      headers: Record<string, string> = {},
    ): Promise<number> => {
      const server = await startServer(runtime, {
        env: { FISH_BACKEND: origin().url, FISH_API_KEY: key, ...env },
      });
      const { status } = await fetch(`${server.url}/metrics`, { headers });
      await server.stop();
      return status;
    };
    const authorization = `Bearer ${key}`;

    it('ask for one', async () => {
      expect(await asked({})).toBe(401);
      expect(await asked({}, { authorization })).toBe(200);
    });

    it('ask for none where a setting says so, and are gone where another one does', async () => {
      expect(await asked({ FISH_METRICS_OPEN: 'true' })).toBe(200);
      expect(await asked({ FISH_METRICS: 'false' }, { authorization })).toBe(404);
    });
  });
}
