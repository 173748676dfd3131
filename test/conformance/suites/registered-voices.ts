import { describe, expect, it } from 'vitest';
import { type Context, post } from './context.ts';
import { transcript, voiceServer } from './voice-server.ts';

const env = { FISH_VOICES_MODE: 'register', FISH_CACHE: 'off' };

/** Custom voices that Fish-Speech servers are given once, and called by a name from then on. */
export function addRegisteredVoices({ runtime }: Context): void {
  describe('custom voices that are registered', () => {
    const { server, origin, headersOf, at, added, remove, say, lastAsked } = voiceServer(runtime, env);
    const spoken = async (key: string, voice: string, input: string): Promise<number> => {
      const answer = await say(key, voice, input);
      await answer.arrayBuffer();
      return answer.status;
    };

    it('are stored at the origin before they first speak, and spoken by name', async () => {
      const { id } = await added('ada', 'Registered');
      expect(origin().references.has(id)).toBe(false);
      expect(await Promise.all(['One.', 'Two.'].map((text) => spoken('ada', id, text)))).toEqual([200, 200]);
      for (const { body } of origin().spoken.slice(-2)) {
        expect(body).toMatchObject({ reference_id: id });
        expect(body).not.toHaveProperty('references');
      }
      const preview = await fetch(at(`/${id}/preview`), { headers: headersOf('ada') });
      const kept = origin().references.get(id);
      expect(kept?.text).toBe(transcript);
      expect(Buffer.compare(kept?.audio ?? Buffer.of(), Buffer.from(await preview.arrayBuffer()))).toBe(0);
      const adds = origin().requests.filter(({ path }) => path.startsWith('/v1/references/add'));
      expect(adds).toHaveLength(1);
    });

    it('are stored again at an origin that lost them', async () => {
      const { id } = await added('ada', 'Lost');
      expect(await spoken('ada', id, 'Before.')).toBe(200);
      origin().references.delete(id);
      expect(await spoken('ada', id, 'After.')).toBe(200);
      expect([origin().references.has(id), lastAsked().reference_id]).toEqual([true, id]);
    });

    it('are nobody else’s, in no list, and cannot be touched by other routes', async () => {
      const { id } = await added('ada', 'Hers');
      expect(await spoken('ada', id, 'Mine.')).toBe(200);
      expect(await spoken('bob', id, 'Not mine.')).toBe(404);
      const { url } = server();
      for (const key of ['ada', 'bob', 'root']) {
        const headers = headersOf(key);
        const names = await (await fetch(`${url}/v1/references/list?format=json`, { headers })).text();
        expect(names).toContain('anna');
        expect(names).not.toContain(id);
      }
      const bobs = await (await fetch(at(''), { headers: headersOf('bob') })).text();
      expect(bobs).not.toContain(id);
      const removal = await fetch(`${url}/v1/references/delete?format=json`, {
        method: 'DELETE',
        headers: { ...headersOf('root'), 'content-type': 'application/json' },
        body: JSON.stringify({ reference_id: id }),
      });
      expect([removal.status, origin().references.has(id)]).toEqual([404, true]);
      const rename = { old_reference_id: 'anna', new_reference_id: id };
      const renamed = await post(`${url}/v1/references/update?format=json`, rename, {
        headers: headersOf('root'),
      });
      expect([renamed.ok, origin().references.has('anna')]).toEqual([false, true]);
    });

    it('are deleted there with the voice', async () => {
      const { id } = await added('ada', 'Gone soon');
      expect(await spoken('ada', id, 'Once.')).toBe(200);
      expect(origin().references.has(id)).toBe(true);
      await remove('ada', id);
      expect(origin().references.has(id)).toBe(false);
      expect(await spoken('ada', id, 'Once.')).toBe(404);
    });

    it('travel with the text where the origin fails at storing them', async () => {
      const { id } = await added('ada', 'Troubled');
      origin().trouble = { status: 500 };
      try {
        expect(await spoken('ada', id, 'All the same.')).toBe(200);
      } finally {
        origin().trouble = {};
      }
      expect(lastAsked().references).toHaveLength(1);
    });
  });

  describe('custom voices before an origin that keeps none', () => {
    const { origin, added, say, lastAsked } = voiceServer(runtime, env, '1.5.1');

    it('travel with the text', async () => {
      const { id } = await added('ada', 'Inline');
      const answer = await say('ada', id, 'Hello.');
      await answer.arrayBuffer();
      expect([answer.status, lastAsked().references?.length, origin().references.has(id)]).toEqual([
        200,
        1,
        false,
      ]);
    });
  });
}
