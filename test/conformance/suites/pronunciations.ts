import { describe, expect, it } from 'vitest';
import { type Context, type OpenaiError, post } from './context.ts';

/** Words that every engine says as it was taught. */
export function addPronunciations({ server, origin }: Context): void {
  const path = (): string => `${server().url}/v1/pronunciations`;

  describe('pronunciations', () => {
    it('are kept, used, listed and deleted', async () => {
      const made = await post(path(), { word: 'fish-edge', alias: 'fish edge server' });
      expect(made.status).toBe(201);
      const entry = (await made.json()) as { id: string; word: string };
      expect(entry).toMatchObject({ object: 'pronunciation', word: 'fish-edge', alias: 'fish edge server' });
      const respelt = (await (await post(path(), { word: 'Nguyen', ipa: 'nwˈɪn' })).json()) as { id: string };

      const speak = async (): Promise<string | undefined> => {
        const response = await post(`${server().url}/v1/audio/speech`, { input: 'Is fish-edge by Nguyen?' });
        await response.arrayBuffer();
        const { text } = (origin().spoken.at(-1)?.body ?? {}) as { text?: string };
        return text;
      };
      expect(await speak()).toBe('Is fish edge server by nwin?');
      const list = (await (await fetch(path())).json()) as { data: { id: string }[] };
      expect(list.data.map(({ id }) => id)).toEqual([entry.id, respelt.id]);
      expect(await (await fetch(`${path()}/${entry.id}`)).json()).toEqual(entry);
      for (const { id } of [entry, respelt]) {
        const gone = await fetch(`${path()}/${id}`, { method: 'DELETE' });
        expect(await gone.json()).toEqual({ id, object: 'pronunciation', deleted: true });
      }
      expect((await fetch(`${path()}/${entry.id}`)).status).toBe(404);
      expect(await speak()).toBe('Is fish-edge by Nguyen?');
    });

    it.each([
      [{ word: '' }, 'word'],
      [{ word: '...', alias: 'dots' }, 'word'],
      [{ word: 'x'.repeat(101), alias: 'x' }, 'word'],
      [{ word: 'x' }, 'alias'],
      [{ word: 'x', alias: 'ex', ipa: 'ɛks' }, 'alias'],
      [{ word: 'x', ipa: '<script>' }, 'ipa'],
      [{ word: 'x', alias: 'ex', language: 'english please' }, 'language'],
    ])('refuse %#', async (body, param) => {
      const response = await post(path(), body);
      expect(response.status).toBe(400);
      expect(((await response.json()) as OpenaiError).error.param).toBe(param);
    });
  });
}
