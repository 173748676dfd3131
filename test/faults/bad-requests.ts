import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { post } from '../conformance/suites/context.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';

const clients = ['alice', 'bob', 'carol', 'dave', 'mallory'] as const;
type Client = (typeof clients)[number];
const honest = 30;
/** Faster than the breaker's pause by far, and slower than an origin needs for one. */
const everyMs = 200;
const garbage = Buffer.alloc(4000, 'x');
/** A container that the gateway has no decoder for, so that the origin finds out. */
const aiff = Buffer.concat([Buffer.from('FORM\0\0\x10\0AIFFCOMM', 'latin1'), garbage]).toString('base64');

/** What was sent to real servers and answered with 500 there: the origin finds out, unless the gateway did. */
const badBodies: readonly (readonly [name: string, path: string, body: object])[] = [
  ['a reference that is no audio', '/v1/tts', { references: [{ audio: aiff, text: 'Hi.' }] }],
  ['a stored voice that is broken', '/v1/tts', { reference_id: 'broken' }],
  ['a text without sound', '/v1/tts', { text: '[[engineFails]] Hm.' }],
  ['a prompt that is too long', '/v1/tts', { text: `${'Hello there, '.repeat(800)}.`, streaming: false }],
  ['a name that nobody has', '/v1/audio/speech', { input: 'Hi.', model: 'tts-1', voice: '声'.repeat(200) }],
];

/** What one client's bad requests do to the origins, and so to all others. */
export function addBadRequests(runtime: Runtime): void {
  describe('bad requests', () => {
    let origins: FakeOrigin[];
    let server: RunningServer;
    beforeAll(async () => {
      origins = await Promise.all([
        startFakeOrigin({ references: ['broken'] }),
        startFakeOrigin({ references: ['broken'] }),
      ]);
      for (const { references } of origins) references.set('broken', { text: 'Hi.', audio: garbage });
      const keys = clients.map((name) => ({
        name,
        sha256: createHash('sha256').update(name).digest('hex'),
        created: '2026-01-01T00:00:00Z',
      }));
      const env = {
        FISH_BACKEND: origins.map(({ url }) => url).join(','),
        FISH_FALLBACK: 'false',
        FISH_CACHE: 'off',
        FISH_RATE_LIMIT: '0',
        FISH_BREAKER_PAUSE: '30s',
        FISH_KEYS: JSON.stringify({ keys }),
        FISH_STATE: runtime === 'workers' ? 'auto' : 'memory',
      };
      server = await startServer(runtime, { env });
    });
    afterAll(async () => {
      await server?.stop();
      await Promise.all((origins ?? []).map((origin) => origin.close()));
    });
    const send = async (client: Client, path: string, body: object): Promise<[number, string, number]> => {
      const headers = { authorization: `Bearer ${client}` };
      const response = await post(`${server.url}${path}`, body, { headers });
      const bytes = Buffer.from(await response.arrayBuffer());
      return [response.status, response.status === 200 ? '' : bytes.toString(), bytes.length];
    };
    const speak = (client: Client, text: string): Promise<[number, string, number]> =>
      send(client, '/v1/tts', { text, streaming: true });

    it.each(badBodies)(`of %s, one every ${everyMs} ms: no other client notices`, async (_, path, body) => {
      const attacking = new AbortController();
      const attack = async (): Promise<void> => {
        for (let i = 0; !attacking.signal.aborted; i++) {
          const [status, text] = await send('mallory', path, {
            text: `Hi ${i}.`,
            streaming: i % 2 === 0,
            ...body,
          });
          expect([400, 404]).toContain(status);
          expect(text).not.toMatch(/Backend|Failed to generate|Prompt|CUDA|Errno|127\.0\.0\.1|at /);
          await sleep(everyMs);
        }
      };
      const attacker = attack();
      for (let i = 0; i < honest; i++) {
        const client = clients[i % 4] ?? 'alice';
        const [status, , bytes] = await speak(client, `Honest ${i}`);
        expect([status, bytes > 10_000]).toEqual([200, true]);
        await sleep(everyMs / 4);
      }
      attacking.abort();
      await attacker;
    });

    it('of one client and nobody else leave the origins open', async () => {
      for (let i = 0; i < 8; i++) expect((await speak('mallory', `[[engineFails]] ${i}`))[0]).toBe(400);
      expect((await speak('alice', 'Hello.'))[0]).toBe(200);
    });

    it('are told so in the words of each dialect', async () => {
      const [, fish] = await speak('mallory', '[[engineFails]] Hm.');
      const message = 'The speech server could not speak this request; check its text.';
      expect(JSON.parse(fish)).toMatchObject({
        statusCode: 400,
        message,
        detail: message,
        error: 'Bad Request',
      });
      const openai = { input: '[[engineFails]] Hm.', model: 'tts-1', voice: 'broken' };
      expect(JSON.parse((await send('mallory', '/v1/audio/speech', openai))[1]).error).toEqual({
        message: 'The speech server could not speak this request; check its voice and text.',
        type: 'invalid_request_error',
        param: 'voice',
        code: 'invalid_value',
      });
    });

    it('an origin that answers so to everybody is broken, and is left alone', async () => {
      for (const client of clients) await speak(client, `[[engineFails]] The model is gone, ${client}.`);
      const asked = (): number => origins.reduce((sum, { spoken }) => sum + spoken.length, 0);
      const before = asked();
      expect((await speak('alice', 'Hello.'))[0]).toBe(502);
      expect(asked()).toBe(before);
    });
  });
}
