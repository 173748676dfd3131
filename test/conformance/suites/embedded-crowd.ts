import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, type Runtime, startServer } from '../server.ts';
import { bytesOf, post, whenKept } from './context.ts';

const headerBytes = 44;
const crowd = 20;
/** As many may wait as there are others while one is spoken to. */
const maxPending = crowd - 1;
const timeout = 600_000; // a busy machine of two cores speaks twenty sentences, twice

/** More listeners than the embedded voice can speak to at once. */
export function addCrowd(runtime: Runtime, voice: string): void {
  describe('a crowd', { timeout }, () => {
    let server: RunningServer;
    beforeAll(async () => {
      const env = {
        FISH_ENGINE: 'onnx',
        FISH_VOICE: voice,
        FISH_MAX_PENDING: String(maxPending),
        FISH_QUEUE_TIMEOUT: '1h', // on a busy machine one of the long texts takes a quarter of that
      };
      server = await startServer(runtime, { env });
    });
    afterAll(() => server?.stop());
    const tts = (text: string, more: object = {}, init?: RequestInit): Promise<Response> =>
      post(`${server.url}/v1/tts`, { text, ...more }, init);
    const sentence = (client: number): string => `Here is number ${client}.`;

    it('says at its start how many workers it took', async () => {
      await expect
        .poll(() => server.logs.find(({ message }) => message === 'inference workers'))
        .toMatchObject({ workers: expect.any(Number), cores: expect.any(Number) });
    });

    it(`of ${crowd} is heard, each to its end`, async () => {
      const ask = async (client: number): Promise<[status: number, cache: string | null, bytes: number]> => {
        const response = await tts(sentence(client), { streaming: client % 2 === 0 });
        const { length } = await bytesOf(response);
        return [response.status, response.headers.get('x-cache'), length];
      };
      const clients = Array.from({ length: crowd }, (_, client) => client);
      const heard = await Promise.all(clients.map(ask));
      expect(heard.map(([status]) => status)).toEqual(clients.map(() => 200));
      for (const [, , bytes] of heard) expect(bytes).toBeGreaterThan(headerBytes + 15_000);
      await Promise.all(
        clients.map(async (client) => {
          await bytesOf(await whenKept(() => tts(sentence(client), { streaming: client % 2 === 0 })));
        }),
      );
      const kept = await Promise.all(clients.map(ask));
      expect(kept).toEqual(heard.map(([status, , bytes]) => [status, 'hit', bytes]));
    });

    it('that is too many is refused honestly; kept speech is not, and who leaves makes room', async () => {
      const leaving = new AbortController();
      const { signal } = leaving;
      const told: Response[] = [];
      let waiting: number | undefined;
      const asking = Array.from({ length: 3 * crowd }, async (_, client) => {
        const text = `${sentence(client)} This is far too long a text to be heard to its end. `.repeat(40);
        const headers = { 'x-request-id': `crowd-${client}` };
        const answer = await tts(text, { streaming: true, seed: client }, { signal, headers });
        told.push(answer);
        if (answer.status === 503) waiting ??= 3 * crowd - told.length;
      });
      await expect.poll(() => waiting, { timeout }).toBeDefined();
      expect(waiting, 'others were still waiting').toBeGreaterThan(0);
      const kept = await tts(sentence(0), { streaming: true });
      expect([kept.status, kept.headers.get('x-cache')]).toEqual([200, 'hit']);
      expect((await bytesOf(kept)).length).toBeGreaterThan(headerBytes + 15_000);

      leaving.abort();
      await Promise.allSettled(asking);
      for (const { status, headers } of told.filter((one) => one.status !== 200)) {
        expect(status).toBe(503);
        expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
        expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
      }
      const outcomes = (): unknown[] =>
        server.logs.filter(({ id }) => String(id).startsWith('crowd-')).map(({ status }) => status);
      await expect.poll(() => outcomes().length, { timeout }).toBe(asking.length);
      expect(new Set(outcomes())).toEqual(new Set([499, 503]));
      const after = await Promise.all([tts('Who is next?'), tts('I am, please.')]);
      expect(after.map(({ status }) => status)).toEqual([200, 200]);
    });
  });
}
