import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CharacterTimes,
  elevenLabsClient as clientOf,
  type ElevenLabsClient,
  type ElevenLabsError,
  sdk,
} from '../../elevenlabs-sdk.ts';
import { type RunningServer, startServer } from '../server.ts';
import { ascii, bytesOf, type Context, endless, lacks, post, uint32 } from './context.ts';
import { said } from './live-client.ts';

const voice = 'anna';
const text = 'Hello there, world.';

async function whole(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return bytesOf(new Response(stream));
}

async function errorOf(attempt: PromiseLike<unknown>): Promise<ElevenLabsError> {
  const [result] = await Promise.allSettled([attempt]);
  if (result.status === 'fulfilled') throw new Error('there was no error');
  expect(result.reason).toBeInstanceOf(sdk.ElevenLabsError);
  return result.reason as ElevenLabsError;
}

/** ElevenLabs' dialect, driven by its official client with only the base address changed. */
export function addElevenLabs(context: Context): void {
  describe("ElevenLabs' client", () => {
    const client = (): ElevenLabsClient => clientOf(context.server().url);
    addSpeech(context, client);
    addTimestamps(client);
    addLists(context, client);
    addErrors(context, client);
    addKeys(context);
  });
}

function addSpeech(context: Context, client: () => ElevenLabsClient): void {
  it('is spoken to in the format that it asks for', async () => {
    const speak = async (outputFormat?: string): Promise<Uint8Array> =>
      whole(await client().textToSpeech.convert(voice, { text, ...(outputFormat && { outputFormat }) }));
    const mp3 = await speak();
    expect([mp3[0], (mp3[1] ?? 0) & 0xe0]).toEqual([0xff, 0xe0]);
    const seconds = (await speak('pcm_24000')).length / 48_000;
    expect(seconds).toBeGreaterThan(0.5);
    expect((await speak('pcm_8000')).length / 16_000).toBeCloseTo(seconds, 1);
    expect((await speak('ulaw_8000')).length / 8000).toBeCloseTo(seconds, 1);
    expect((await speak('alaw_8000')).length / 8000).toBeCloseTo(seconds, 1);
    expect(ascii(await speak('opus_48000_64'), 0, 4)).toBe('OggS');
    const wav = await speak('wav_22050');
    expect([ascii(wav, 0, 4), uint32(wav, 24), uint32(wav, 40)]).toEqual(['RIFF', 22_050, wav.length - 44]);
  });

  it.each([
    ['', 'audio/mpeg'],
    ['?output_format=pcm_16000', 'audio/pcm'],
    ['?output_format=ulaw_8000', 'audio/basic'],
    ['?output_format=alaw_8000', 'audio/x-alaw-basic'],
    ['?output_format=opus_48000_32', 'audio/ogg; codecs=opus'],
    ['?output_format=mp3_44100', 'audio/mpeg'],
  ])('gets a stream, and what it is: %s', async (query, type) => {
    const url = `${context.server().url}/v1/text-to-speech/${voice}/stream${query}`;
    const response = await post(url, { text });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    expect((await bytesOf(response)).length).toBeGreaterThan(1000);
  });

  it('has its wishes followed, and those that mean nothing here accepted', async () => {
    const before = context.origin().spoken.length;
    const stream = await client().textToSpeech.stream(voice, {
      text,
      modelId: 'eleven_flash_v2_5',
      languageCode: 'en',
      seed: 4242,
      voiceSettings: { stability: 0.4, similarityBoost: 0.7, style: 0, useSpeakerBoost: true, speed: 1.1 },
      previousText: 'Before.',
      nextText: 'After.',
      applyTextNormalization: 'off',
      optimizeStreamingLatency: 2,
      enableLogging: false,
      outputFormat: 'pcm_16000',
    });
    await whole(stream);
    const [asked] = said(context, before);
    expect(asked).toMatchObject({ text, seed: 4242, reference_id: voice, normalize: false });
  });

  it.skipIf(lacks(context.runtime, 'leave-early'))('stops what it had asked for when it leaves', async () => {
    const before = context.origin().spoken.length;
    const slow = `${endless} A long story.`;
    const stream = await client().textToSpeech.stream(voice, { text: slow, outputFormat: 'pcm_16000' });
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
    await context.origin().until(() =>
      context
        .origin()
        .spoken.slice(before)
        .some(({ leftAt }) => leftAt !== undefined),
    );
    await context.origin().until(() => context.origin().queued === 0);
  });
}

function addTimestamps(client: () => ElevenLabsClient): void {
  const long = 'First comes one.  Then, after it,\nthe second one! And "that" is all. ';

  const check = (alignment: CharacterTimes | undefined, seconds: number): void => {
    const {
      characters = [],
      characterStartTimesSeconds: starts = [],
      characterEndTimesSeconds: ends = [],
    } = {
      ...alignment,
    };
    expect(characters.join('')).toBe(long);
    expect([starts.length, ends.length]).toEqual([characters.length, characters.length]);
    const times = starts.flatMap((start, index) => [start, ends[index] ?? -1]);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThan(seconds * 0.8);
    expect(times.at(-1)).toBeLessThanOrEqual(seconds + 0.01);
  };

  it('gets the times of all characters with the speech', async () => {
    const speech = await client().textToSpeech.convertWithTimestamps(voice, {
      text: long,
      outputFormat: 'pcm_16000',
    });
    const seconds = Buffer.from(speech.audioBase64, 'base64').length / 32_000;
    check(speech.alignment, seconds);
    expect(speech.normalizedAlignment).toEqual(speech.alignment);
  });

  it('gets them as it is spoken', async () => {
    const stream = await client().textToSpeech.streamWithTimestamps(voice, {
      text: long,
      outputFormat: 'pcm_16000',
    });
    const all: CharacterTimes = {
      characters: [],
      characterStartTimesSeconds: [],
      characterEndTimesSeconds: [],
    };
    let bytes = 0;
    for await (const { audioBase64, alignment } of stream) {
      bytes += Buffer.from(audioBase64, 'base64').length;
      all.characters.push(...(alignment?.characters ?? []));
      all.characterStartTimesSeconds.push(...(alignment?.characterStartTimesSeconds ?? []));
      all.characterEndTimesSeconds.push(...(alignment?.characterEndTimesSeconds ?? []));
    }
    check(all, bytes / 32_000);
  });
}

function addLists({ server }: Context, client: () => ElevenLabsClient): void {
  it('finds the voices, in both of its lists and by itself', async () => {
    const { voices } = await client().voices.getAll();
    const ids = voices.map(({ voiceId }) => voiceId);
    expect(ids).toContain(voice);
    const found = await client().voices.search({ search: 'ANNA', pageSize: 5, includeTotalCount: true });
    expect(found).toMatchObject({ hasMore: false, totalCount: 1, voices: [{ voiceId: voice }] });
    expect(await client().voices.get(voice)).toMatchObject({ voiceId: voice, category: 'premade' });
    const pages: string[] = [];
    let nextPageToken: string | undefined;
    do {
      const page = await client().voices.search({ pageSize: 1, ...(nextPageToken && { nextPageToken }) });
      pages.push(...page.voices.map(({ voiceId }) => voiceId));
      nextPageToken = page.nextPageToken;
    } while (nextPageToken);
    expect(pages).toEqual(ids);
  });

  it('shares the list of voices with the clients of other dialects', async () => {
    const { data, voices } = (await (await fetch(`${server().url}/v1/voices`)).json()) as {
      data: { id: string }[];
      voices: { id: string; voice_id: string; name: string }[];
    };
    expect(voices).toEqual(data);
    for (const { id, voice_id } of voices) expect(voice_id).toBe(id);
    const legacy = await (await fetch(`${server().url}/v1/voices?legacy=true`)).json();
    expect(legacy).toEqual({ voices: voices.map(({ id }) => id) });
  });

  it('finds models that can speak, where others find those of OpenAI', async () => {
    const models = await client().models.list();
    const [first] = models;
    expect(models.map(({ modelId }) => modelId)).toContain('eleven_multilingual_v2');
    expect(first).toMatchObject({ canDoTextToSpeech: true, languages: [{ name: 'English' }] });
    expect(await (await fetch(`${server().url}/v1/models`)).json()).toMatchObject({ object: 'list' });
  });
}

function addErrors({ server }: Context, client: () => ElevenLabsClient): void {
  const detailOf = (error: ElevenLabsError): unknown => (error.body as { detail: unknown }).detail;

  it.each<[string, string, object, number, string, string | null]>([
    ['a voice that does not exist', 'nobody', { text }, 404, 'voice_not_found', 'voice'],
    ['no text', voice, { text: ' \n' }, 400, 'empty_text', 'text'],
    ['too long a text', voice, { text: 'a '.repeat(1500) }, 400, 'text_too_long', 'text'],
    [
      'a speed out of range',
      voice,
      { text, voiceSettings: { speed: 9 } },
      400,
      'invalid_voice_settings',
      'voice_settings.speed',
    ],
    [
      'a dictionary that nobody has here',
      voice,
      { text, pronunciationDictionaryLocators: [{ pronunciationDictionaryId: 'x' }] },
      400,
      'invalid_parameters',
      'pronunciation_dictionary_locators',
    ],
  ])('is told in its own words of %s', async (_, id, request, status, code, param) => {
    const error = await errorOf(client().textToSpeech.convert(id, { text, ...request }));
    expect(error.statusCode).toBe(status);
    expect(detailOf(error)).toMatchObject({ code, status: code, param, message: expect.any(String) });
  });

  it('is told of a format that does not exist', async () => {
    const response = await post(`${server().url}/v1/text-to-speech/${voice}?output_format=mp3_1_1`, { text });
    const { detail } = (await response.json()) as { detail: object };
    const error = { code: 'invalid_output_format', param: 'output_format' };
    expect([response.status, detail]).toEqual([400, expect.objectContaining(error)]);
  });

  it('is told of what does not fit the schema by an error of its own', async () => {
    const error = await errorOf(client().textToSpeech.convert(voice, { text, seed: -1 }));
    expect(error).toBeInstanceOf(sdk.ElevenLabs.UnprocessableEntityError);
    expect(detailOf(error)).toEqual([
      { loc: ['body', 'seed'], msg: expect.stringMatching(/seed/), type: expect.any(String) },
    ]);
    const missing = await post(`${server().url}/v1/text-to-speech/${voice}`, {});
    expect([missing.status, await missing.json()]).toEqual([
      422,
      { detail: [{ loc: ['body', 'text'], msg: 'Field required', type: 'missing' }] },
    ]);
  });

  it('is told of an address or method that does not exist', async () => {
    const url = `${server().url}/v1/text-to-speech/${voice}`;
    const get = await fetch(url);
    expect([get.status, get.headers.get('allow'), await get.json()]).toEqual([
      405,
      'POST',
      { detail: 'Method Not Allowed' },
    ]);
    const nowhere = await fetch(`${server().url}/v1/user`, { headers: { 'xi-api-key': 'any' } });
    expect([nowhere.status, await nowhere.json()]).toEqual([404, { detail: 'Not Found' }]);
  });

  it('is told of an origin that fails before there is audio', async () => {
    const error = await errorOf(client().textToSpeech.convert(voice, { text: '[[engineFails]] No.' }));
    expect(detailOf(error)).toMatchObject({ code: expect.any(String), message: expect.any(String) });
  });
}

function addKeys({ runtime, origin }: Context): void {
  describe('with a key', () => {
    let own: RunningServer;
    beforeAll(async () => {
      const limits = { FISH_RATE_LIMIT: '3', FISH_RATE_LIMIT_LOOPBACK: 'true' };
      own = await startServer(runtime, {
        env: { FISH_BACKEND: origin().url, FISH_API_KEY: 'sesame', ...limits },
      });
    });
    afterAll(() => own?.stop());

    it('sends it as xi-api-key, and is told of a wrong one, none, and a limit', async () => {
      const codeOf = async (url: string, headers: Record<string, string>): Promise<unknown[]> => {
        const response = await post(url, { text }, { headers });
        const { detail } = (await response.json()) as { detail: { type: string; code: string } };
        return [response.status, detail.type, detail.code];
      };
      const url = `${own.url}/v1/text-to-speech/${voice}`;
      const wrong = await errorOf(clientOf(own.url, 'wrong').textToSpeech.convert(voice, { text }));
      expect(wrong.statusCode).toBe(401);
      expect(await codeOf(url, {})).toEqual([401, 'authentication_error', 'missing_api_key']);
      expect(await codeOf(url, { 'xi-api-key': 'wrong' })).toEqual([
        401,
        'authentication_error',
        'invalid_api_key',
      ]);
      await whole(await clientOf(own.url, 'sesame').textToSpeech.convert(voice, { text }));
      await clientOf(own.url, 'sesame').voices.getAll();
      await clientOf(own.url, 'sesame').models.list();
      expect(await codeOf(url, { 'xi-api-key': 'sesame' })).toEqual([
        429,
        'rate_limit_error',
        'rate_limit_exceeded',
      ]);
    });
  });
}
