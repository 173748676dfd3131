import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, endless, type FishError, lacks, post } from './context.ts';

/** What only the origin's own words would say more of, and they are for the log. */
const unspoken = 'The speech server could not speak this request; check its text.';

/** Cancellation, broken origins, and statuses that tell the truth. */
export function addStreams(context: Context): void {
  describe('streams', () => addTo(context));
}

function addTo({ runtime, server, origin }: Context): void {
  const tts = (body: unknown, init?: RequestInit, url = server().url): Promise<Response> =>
    post(`${url}/v1/tts`, body, init);
  const leftAt = (): number | undefined => origin().spoken.at(-1)?.leftAt;

  /** The origin goes on speaking for clients that left; the next test must not wait behind them. */
  afterEach(() => origin().until(() => origin().queued === 0));

  describe('a client that leaves', () => {
    const isNoticed = !lacks(runtime, 'leave-early');
    it.runIf(isNoticed).each([true, false])(
      'before the first byte frees the origin (streaming: %s)',
      async (streaming) => {
        const before = origin().spoken.length;
        const client = new AbortController();
        const text = '[[endless]] [[firstByteMs=60000]] Never heard.';
        const answer = tts({ text, streaming }, { signal: client.signal });
        answer.catch(() => {});
        await origin().until(() => origin().spoken.length > before);
        client.abort();
        await expect(answer).rejects.toThrow();
        await origin().until(() => leftAt() !== undefined);
      },
    );

    it('in mid-stream frees the origin', async () => {
      const client = new AbortController();
      const text = `${endless} A long story.`;
      const response = await tts({ text, streaming: true }, { signal: client.signal });
      const reader = response.body?.getReader();
      expect((await reader?.read())?.done).toBe(false);
      expect(leftAt()).toBeUndefined();
      client.abort();
      await origin().until(() => leftAt() !== undefined);
    });
  });

  describe('a status is never 200 before audio exists', () => {
    it.each([
      ['dies before its headers', '[[dieBeforeHeaders]]', 502, 'Backend service unavailable'],
      ['fails after its headers', '[[engineFails]]', 400, unspoken],
      ['answers 500', '[[status=500]]', 400, unspoken],
      ['answers 502', '[[status=502]]', 502, 'Backend service unavailable'],
      ['answers 503', '[[status=503]] [[retryAfter=1]]', 503, 'The server is busy. Please try again later.'],
      ['answers HTML', '[[answer=<html>]] [[contentType=text/html]]', 502, 'Backend service unavailable'],
    ])('when the origin %s', async (_, marker, status, detail) => {
      const response = await tts({ text: `${marker} Hello.`, streaming: true });
      expect(response.status).toBe(status);
      const error = (await response.json()) as FishError;
      expect(error.detail).toBe(detail);
      expect(JSON.stringify(error)).not.toMatch(/CUDA|127\.0\.0\.1|node:|\.ts|at /);
      if (status === 503) expect(response.headers.get('retry-after')).toBe('1');
    });
  });

  describe('an origin that breaks off in mid-body', () => {
    it.each([
      ['streamed', true, 'wav'],
      ['whole', false, 'wav'],
    ])('breaks the client visibly or is a status (%s)', async (_, streaming, format) => {
      const text = '[[chunkBytes=2000]] [[chunkMs=5]] [[dieAfterBytes=20000]] Cut short.';
      const response = await tts({ text, streaming, format });
      if (response.status === 200) await expect(response.arrayBuffer()).rejects.toThrow();
      else expect(response.status).toBe(502);
    });
  });

  describe('an origin that is silent', () => {
    /** Of its own: whatever else is spoken slowly on a slow machine is none of its business. */
    let impatient: RunningServer;
    beforeAll(async () => {
      const patience = {
        FISH_BACKEND_TIMEOUT: '4s',
        FISH_BACKEND_IDLE_TIMEOUT: '2s',
        FISH_FALLBACK: 'false',
      };
      impatient = await startServer(runtime, { env: { FISH_BACKEND: origin().url, ...patience } });
    });
    afterAll(() => impatient?.stop());

    it('from the beginning is a status', async () => {
      const response = await tts({ text: '[[silent]] Hello.', streaming: true }, {}, impatient.url);
      expect([response.status, ((await response.json()) as FishError).detail]).toEqual([
        504,
        'Request timeout',
      ]);
    });

    it('in mid-body breaks the client visibly', async () => {
      const text = '[[chunkBytes=2000]] [[silentAfterBytes=8000]] Gone quiet.';
      const response = await tts({ text, streaming: true }, {}, impatient.url);
      expect(response.status).toBe(200);
      await expect(response.arrayBuffer()).rejects.toThrow();
    });
  });

  it('writes the same samples however the origin splits them', async () => {
    const text = 'Odd pieces everywhere.';
    const even = await (await tts({ text, streaming: true })).arrayBuffer();
    const odd = await (await tts({ text: `[[chunkBytes=333]] ${text}`, streaming: true })).arrayBuffer();
    expect(Buffer.from(odd).equals(Buffer.from(even))).toBe(true);
  });
}
