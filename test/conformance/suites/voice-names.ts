import { describe, expect, it } from 'vitest';
import { type Context, type OpenaiError, post } from './context.ts';

/** One rule says which voice a name means, whatever speaks. */
export function addVoiceNames({ server, origin }: Context): void {
  describe('the name of a voice', () => {
    const speak = (voice: string | undefined): Promise<Response> =>
      post(`${server().url}/v1/audio/speech`, {
        model: 'tts-1',
        input: 'Hello there.',
        voice,
        response_format: 'pcm',
      });
    const spokenBy = async (voice: string | undefined): Promise<unknown> => {
      const response = await speak(voice);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
      const { body } = origin().spoken.at(-1) ?? {};
      return (body as { reference_id?: string | null } | undefined)?.reference_id ?? null;
    };

    it.each([undefined, '', 'alloy', 'Alloy', 'SHIMMER', 'default', 'DEFAULT', 'Default'])(
      '%s leaves the voice to the origin',
      async (voice) => {
        expect(await spokenBy(voice)).toBeNull();
      },
    );

    it.each(['anna', 'Anna', 'ANNA'])('%s means the reference of the origin', async (voice) => {
      expect(await spokenBy(voice)).toBe('anna');
    });

    it.each(['nobody', 'Alloyed', 'defaults'])('%s, which nobody has, is refused', async (voice) => {
      const response = await speak(voice);
      expect(response.status).toBe(404);
      expect(((await response.json()) as OpenaiError).error.code).toBe('voice_not_found');
    });
  });
}
