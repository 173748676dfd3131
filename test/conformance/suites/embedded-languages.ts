import { expect, it } from 'vitest';
import { dataFolder, installedPack } from '../../../src/adapters/local/packs.ts';
import { kokoroPack } from '../../../src/engine/onnx/packs/kokoro.ts';
import type { RunningServer } from '../server.ts';
import { bytesOf, type FishError, type OpenaiError, post } from './context.ts';
import { LiveClient } from './live-client.ts';

/** For the server of `addLanguages`. An English voice stands for a French one, whose phonemes are not on every runtime. */
export const languageSettings = { FISH_VOICES_BY_LANGUAGE: 'pl=not-installed,fr=bf_emma' };

const german = 'Guten Tag, wie geht es Ihnen heute?';
const polish = 'Jak się masz dzisiaj? To jest bardzo dobry dzień.';
const french = 'Je ne sais pas.';
const hasKokoro = (await installedPack(dataFolder(), kokoroPack)) !== undefined;

/**
 * A voice that speaks English alone, and texts that are not English, on every surface.
 * @param hasOneVoice no other one can take its place
 */
export function addLanguages(server: () => RunningServer, hasOneVoice: boolean): void {
  const noOther = hasOneVoice ? ' (there is one voice here)' : ' (Kokoro is not installed)';
  const hasOther = hasKokoro && !hasOneVoice;
  const speech = (body: object): Promise<Response> =>
    post(`${server().url}/v1/audio/speech`, { response_format: 'pcm', ...body });

  it.each([
    [german, 'This voice speaks American English; the text is in German.'],
    [polish, 'This voice speaks American English; the text is in Polish.'], // its own voice is not installed
    [
      'Как твои дела сегодня?',
      'This voice speaks American English; the text is written in Cyrillic letters.',
    ],
    ['Hello 世界', 'This voice speaks American English; the text is written in Chinese characters.'],
  ])('refuses %s, on each surface in its own way', async (text, message) => {
    const { url } = server();
    const openai = await speech({ input: text });
    expect([openai.status, ((await openai.json()) as OpenaiError).error]).toMatchObject([
      400,
      { message, param: 'input' },
    ]);
    const events = await speech({ input: text, stream_format: 'sse' });
    expect([events.status, await events.text()]).toEqual([400, expect.stringContaining(message)]);
    const fish = await post(`${url}/v1/tts`, { text });
    expect([fish.status, ((await fish.json()) as FishError).detail]).toEqual([400, message]);
    const elevenlabs = await post(`${url}/v1/text-to-speech/default`, { text });
    expect([elevenlabs.status, await elevenlabs.text()]).toEqual([400, expect.stringContaining(message)]);
    const query = await fetch(`${url}/tts?text=${encodeURIComponent(text)}`);
    expect([query.status, await query.text()]).toEqual([400, expect.stringContaining(message)]);
  });

  it('refuses it over a socket', async () => {
    const session = await LiveClient.start(server().url);
    session.say(german);
    expect((await session.finish()).at(-1)).toMatchObject({ event: 'finish', reason: 'error' });
    expect(session.audio.length).toBe(0);
    await session.leave();
  });

  it('believes a client that says which language it is', async () => {
    const refused = await speech({ input: 'Taxi.', language: 'de' });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('in German')]);
    const code = await post(`${server().url}/v1/text-to-speech/default`, {
      text: 'Taxi.',
      language_code: 'de',
    });
    expect([code.status, await code.text()]).toEqual([400, expect.stringContaining('in German')]);
    for (const language of ['en', 'en_GB', 'Auto', null])
      expect((await bytesOf(await speech({ input: 'Taxi.', language }))).length).toBeGreaterThan(4000);
  });

  it('says which letters nobody hears in a text that is English otherwise', async () => {
    const mixed = await speech({ input: 'The sign says 出口, which is Chinese for exit.' });
    expect([mixed.status, mixed.headers.get('x-text-passed-over')]).toEqual([200, 'Chinese characters']);
    await bytesOf(mixed);
    const plain = await speech({ input: 'The angle β is small.' });
    expect([plain.status, plain.headers.get('x-text-passed-over')]).toEqual([200, null]);
    await bytesOf(plain);
  });

  it.skipIf(!hasOther)(
    `has another voice speak its language, and names it${hasOther ? '' : noOther}`,
    async () => {
      const asked = await speech({ input: french, response_format: 'wav', voice: 'joe' });
      expect([asked.status, asked.headers.get('x-voice')]).toEqual([200, 'bf_emma']);
      expect(asked.headers.get('x-audio-sample-rate')).toBe('24000');
      expect((await bytesOf(asked)).length).toBeGreaterThan(20_000);
      const own = await speech({ input: 'Taxi.', voice: 'joe' });
      expect(own.headers.get('x-voice')).toBeNull();
      await bytesOf(own);
    },
  );
}
