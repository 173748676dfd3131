import { FishAudioClient } from 'fish-audio';
import { describe, expect, it } from 'vitest';
import { type Context, type FishError, post } from './context.ts';

interface Timed {
  readonly audio_base64: string;
  readonly content: string;
  readonly alignment: {
    readonly segments: readonly { readonly text: string; readonly start: number; readonly end: number }[];
    readonly audio_duration: number;
  } | null;
  readonly chunk_seq: number;
  readonly chunk_audio_offset_sec: number;
}

/** What clients of the Fish Audio cloud call besides speech: voices, balance, speech with times. */
export function addFishCloud({ server }: Context): void {
  const client = (): FishAudioClient => new FishAudioClient({ apiKey: 'any', baseUrl: server().url });
  const at = (path: string, init?: RequestInit): Promise<Response> => fetch(`${server().url}${path}`, init);

  describe('voices of the Fish Audio cloud', () => {
    it('are those that exist, for its official client', async () => {
      const { total, items } = await client().voices.search({ page_size: 100 });
      expect(total).toBe(items.length);
      expect(items.map(({ _id }) => _id)).toContain('anna');
      expect(await client().voices.get('anna')).toMatchObject({ _id: 'anna', type: 'tts', state: 'trained' });
    });

    it('are found by title, and come in pages', async () => {
      const list = async (query: string): Promise<{ total: number; items: { _id: string }[] }> =>
        (await (await at(`/model?${query}`)).json()) as { total: number; items: { _id: string }[] };
      expect((await list('title=ANN')).items.map(({ _id }) => _id)).toEqual(['anna']);
      const { total } = await list('page_size=1');
      const second = await list('page_size=1&page_number=2');
      expect([second.total, second.items.length]).toEqual([total, total > 1 ? 1 : 0]);
      expect((await list('tag=male')).total).toBe(0);
    });

    it.each([
      ['GET', '/model/nobody', 404],
      ['PATCH', '/model/nobody', 404],
      ['PATCH', '/model/anna', 501],
      ['DELETE', '/model/nobody', 404],
      ['DELETE', '/model/default', 501],
      ['POST', '/model', 415],
      ['PUT', '/model', 405],
      ['GET', '/model?page_size=0', 400],
      ['GET', '/model?page_size=many', 400],
      ['GET', '/model?sort_by=luck', 400],
      ['GET', `/model?title=${'x'.repeat(300)}`, 400],
    ])('%s %s is %i, in the shape of Fish', async (method, path, status) => {
      const response = await at(path, { method });
      expect(response.status).toBe(status);
      expect(((await response.json()) as FishError).statusCode).toBe(status);
    });
  });

  describe('the wallet', () => {
    it('says that there is enough', async () => {
      const credit = await client().user.get_api_credit();
      expect(Number(credit.credit)).toBeGreaterThan(1_000_000);
      expect(await client().user.get_package()).toMatchObject({ type: 'unlimited', user_id: 'anonymous' });
    });
  });

  describe('POST /v1/tts/stream/with-timestamp', () => {
    it('sends audio, and what is said when', async () => {
      const text = 'The first sentence comes first. The second one follows it.';
      const response = await post(`${server().url}/v1/tts/stream/with-timestamp`, { text, format: 'pcm' });
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      const events = [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(
        ([, data]) => JSON.parse(data ?? '') as Timed,
      );
      const bytes = events.reduce(
        (sum, { audio_base64 }) => sum + Buffer.from(audio_base64, 'base64').length,
        0,
      );
      const known = events.filter(({ alignment }) => alignment !== null);
      expect(known.map(({ content }) => content).join(' ')).toBe(text);
      expect(known.map(({ chunk_seq }) => chunk_seq)).toEqual(known.map((_, index) => index));
      const last = known.at(-1);
      const end = (last?.chunk_audio_offset_sec ?? 0) + (last?.alignment?.audio_duration ?? 0);
      expect(end).toBeCloseTo(bytes / 2 / 44_100, 1);
      for (const { alignment } of known) {
        const times = alignment?.segments.flatMap((word) => [word.start, word.end]) ?? [];
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(times.at(-1)).toBeLessThanOrEqual((alignment?.audio_duration ?? 0) + 0.002);
      }
      const words = known.flatMap(({ alignment }) => alignment?.segments.map((word) => word.text));
      expect(words).toEqual(text.match(/\w+/g));
    });

    it('refuses as /v1/tts does', async () => {
      const response = await post(`${server().url}/v1/tts/stream/with-timestamp`, { text: '' });
      expect([response.status, ((await response.json()) as FishError).detail]).toEqual([
        400,
        'text is required',
      ]);
    });
  });
}
