import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { post } from '../conformance/suites/context.ts';
import { type OriginVersion, originVersions } from '../fake-origin/profiles.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { referenceAudio } from '../reference-audio.ts';
import { ask } from './ask.ts';
import { faultTable } from './fault-table.ts';
import { expectEnd, oneOriginSettings } from './one-origin.ts';

const generations: Record<OriginVersion, string> = {
  '1.4.3': '1.4',
  '1.5.1': '1.5',
  '80db25e': 's1',
  '3dd1f85': 's2',
};
/** Of the rows here one ends by a deadline. */
const settings = { ...oneOriginSettings, FISH_BACKEND_IDLE_TIMEOUT: '3s' };
const keepsVoices: readonly OriginVersion[] = ['80db25e', '3dd1f85'];

/**
 * The gateway in front of each release of Fish-Speech. The whole fault table runs in front of 80db25e (`one-origin.ts`); in front
 * of the others those of its rows that can differ: a stream of 1.4 begins with a header, and a failure is told in other words. The
 * other rows are faults of a connection, which no release has a part in.
 */
export function addReleases(runtime: Runtime): void {
  describe.each(originVersions)('an origin of release %s', (version) => {
    let origin: FakeOrigin;
    let server: RunningServer;
    beforeAll(async () => {
      origin = await startFakeOrigin({ version, references: ['anna'] });
      const state = runtime === 'workers' ? 'auto' : 'memory';
      server = await startServer(runtime, {
        env: { ...settings, FISH_BACKEND: origin.url, FISH_STATE: state },
      });
    });
    afterAll(async () => {
      await server?.stop();
      await origin?.close();
    });
    afterEach(async () => {
      await origin.until(() => origin.queued === 0);
      expect(await ask(server.url, 'And now?')).toMatchObject({ status: 200, broken: false });
    });
    const keeps = keepsVoices.includes(version);

    it.runIf(keeps)(
      'is busy for somebody else when the gateway is new: an unknown voice is not spoken',
      async () => {
        const other = post(`${origin.url}/v1/tts`, { text: '[[held]] Of somebody else.' });
        await origin.until(() => origin.queued === 1);
        const asking = ask(server.url, 'Hi.', { voice: 'nobody' });
        const lists = (): number =>
          origin.requests.filter(({ path }) => path === '/v1/references/list').length;
        await origin.until(() => lists() > 0);
        await sleep(1200); // longer than a list is waited for before the turn
        origin.release();
        expect((await asking).status).toBe(404);
        await (await other).arrayBuffer();
        expect(origin.spoken).toHaveLength(1);
      },
    );

    if (version !== '80db25e') {
      for (const { name, marker, streamed, whole } of faultTable.filter(({ byRelease }) => byRelease)) {
        it(name, async () => {
          expectEnd(await ask(server.url, `${marker} Hello.`), streamed, undefined);
          expectEnd(await ask(server.url, `${marker} Hello.`, { streaming: false }), whole, undefined);
        });
      }
    }

    it('speaks the same samples, streamed and whole, whatever is asked for', async () => {
      const asked = {
        text: 'One two three.',
        use_memory_cache: 'on',
        top_p: 0.5,
        seed: 3,
        latency: 'normal',
      };
      const samples = async (body: object): Promise<Buffer> => {
        const response = await post(`${server.url}/v1/tts`, body);
        expect(response.status).toBe(200);
        expect(response.headers.get('x-voice-confirmed')).toBeNull();
        return Buffer.from(await response.arrayBuffer()).subarray(44);
      };
      const whole = await samples(asked);
      expect(whole.length).toBeGreaterThan(0);
      expect((await samples({ ...asked, streaming: true })).equals(whole)).toBe(true);
    });

    it('is healthy, and shown with its generation', async () => {
      const health = await (await fetch(`${server.url}/v1/health?detailed=true`)).json();
      const { origins, ...sum } = (health as { backend: { origins: object[] } }).backend;
      expect(sum).toMatchObject({ status: 'healthy' });
      expect(origins).toEqual([
        { status: 'healthy', latency_ms: expect.any(Number), version: generations[version] },
      ]);
      expect(JSON.stringify(health)).not.toContain('127.0.0.1');
    });

    it('is asked for a voice that it lacks: told where it can tell, and marked where it cannot', async () => {
      const speak = (reference_id: string): Promise<Response> =>
        post(
          `${server.url}/v1/tts`,
          { text: 'Hi.', reference_id },
          { headers: { origin: 'https://page.test' } },
        );
      const before = origin.spoken.length;
      const unknown = await speak('nobody');
      await unknown.arrayBuffer();
      expect([unknown.status, origin.spoken.length - before]).toEqual(keeps ? [404, 0] : [200, 1]);
      const known = await speak('anna');
      await known.arrayBuffer();
      expect(known.status).toBe(200);
      expect(known.headers.get('x-voice-confirmed')).toBe(keeps ? null : 'false');
      expect(known.headers.get('access-control-expose-headers')).toContain('X-Voice-Confirmed');
      const impossible = await speak('语'.repeat(200));
      await impossible.arrayBuffer();
      expect(impossible.status).toBe(400);
      expect(origin.spoken.length - before).toBe(keeps ? 1 : 2);
    });

    it('keeps reference voices, or every route about them says that it does not', async () => {
      const routes = '/v1/references';
      const form = new FormData();
      form.set('id', 'new');
      form.set('text', 'x');
      form.set('audio', new Blob([referenceAudio()]), 'a.wav');
      const rename = { old_reference_id: 'new', new_reference_id: 'newer' };
      const answers = [
        await fetch(`${server.url}${routes}/add`, { method: 'POST', body: form }),
        await fetch(`${server.url}${routes}/list?format=json`),
        await fetch(`${server.url}${routes}`),
        await post(`${server.url}${routes}/update`, rename),
        await fetch(`${server.url}${routes}/newer`, { method: 'DELETE' }),
      ];
      const texts = await Promise.all(answers.map((answer) => answer.text()));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => (keeps ? 200 : 501)));
      if (!keeps) for (const text of texts) expect(text).toMatch(/keeps no reference voices/);
    });
  });
}
