import { createHash, createHmac } from 'node:crypto';
import { FishAudioClient } from 'fish-audio';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/services/keys.ts';
import { elevenLabsClient } from '../../elevenlabs-sdk.ts';
import { type FakeOrigin, startFakeOrigin } from '../../fake-origin.ts';
import { recordingAudio } from '../../reference-audio.ts';
import { type RunningServer, startServer } from '../server.ts';
import { bytesOf, type Context, type OpenaiError, post, startingMs } from './context.ts';
import { LiveClient } from './live-client.ts';

const created = '2026-11-20T10:00:00Z';
const transcript = 'What is said in the recording.';
const consent = 'Ada Lovelace, in writing';
const secret = 'a secret of the tests';

interface ShownVoice {
  readonly id: string;
  readonly name: string;
  readonly category?: string;
  readonly [member: string]: unknown;
}

interface Asked {
  readonly text: string;
  readonly reference_id?: string;
  readonly references?: readonly { readonly audio: Uint8Array; readonly text: string }[];
  readonly use_memory_cache?: string;
}

/** Voices that clients make of recordings, on a server with the keys of several. */
export function addCustomVoices({ runtime }: Context): void {
  describe('custom voices', () => {
    let server: RunningServer;
    let origin: FakeOrigin;
    beforeAll(async () => {
      origin = await startFakeOrigin({ references: ['anna'] });
      const named = async (name: string, more: object = {}): Promise<object> => {
        return { name, sha256: await hashKey(`key-of-${name}`), created, ...more };
      };
      const keys = [await named('ada'), await named('bob'), await named('root', { admin: true })];
      server = await startServer(runtime, {
        env: {
          FISH_BACKEND: origin.url,
          FISH_FALLBACK: 'false',
          FISH_CACHE: 'on',
          FISH_RATE_LIMIT: '0',
          FISH_VOICES_MAX_PER_KEY: '3',
          FISH_LINKS_SECRET: secret,
          FISH_KEYS: JSON.stringify({ keys }),
        },
      });
    }, startingMs);
    afterAll(async () => {
      await server?.stop();
      await origin?.close();
    });

    const headersOf = (name: string): Record<string, string> => ({ authorization: `Bearer key-of-${name}` });
    const at = (path = ''): string => `${server.url}/v1/voices${path}`;
    const ask = (name: string, path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(at(path), { ...init, headers: { ...headersOf(name), ...init.headers } });
    const formOf = (
      fields: Readonly<Record<string, string>>,
      file: Blob,
      fileName = 'voice.wav',
    ): FormData => {
      const form = new FormData();
      for (const [field, value] of Object.entries(fields)) form.set(field, value);
      form.set('reference', file, fileName);
      return form;
    };
    const usual = (name: string): Record<string, string> => ({ name, transcript, consent });
    const upload = (
      key: string,
      name: string,
      audio: Uint8Array<ArrayBuffer> = recordingAudio(),
      fileName = 'voice.wav',
    ): Promise<Response> =>
      ask(key, '', { method: 'POST', body: formOf(usual(name), new Blob([audio]), fileName) });
    const added = async (key: string, name: string, audio?: Uint8Array<ArrayBuffer>): Promise<ShownVoice> => {
      const response = await upload(key, name, audio);
      expect(response.status).toBe(201);
      return (await response.json()) as ShownVoice;
    };
    const customOf = async (key: string): Promise<string[]> => {
      const { data } = (await (await ask(key, '')).json()) as { data: ShownVoice[] };
      return data.filter(({ category }) => category === 'cloned').map(({ id }) => id);
    };
    const remove = async (key: string, ...ids: string[]): Promise<void> => {
      for (const id of ids) expect((await ask(key, `/${id}`, { method: 'DELETE' })).status).toBe(200);
    };
    const say = (key: string, voice: string, input = 'Hello there.'): Promise<Response> =>
      post(
        `${server.url}/v1/audio/speech`,
        { input, voice, response_format: 'wav' },
        { headers: headersOf(key) },
      );
    const lastAsked = (): Asked => origin.spoken.at(-1)?.body as Asked;
    const errorOf = async (response: Response): Promise<OpenaiError['error']> =>
      ((await response.json()) as OpenaiError).error;

    afterEach(async () => {
      for (const key of ['root', 'ada', 'bob']) await remove(key, ...(await customOf(key)));
    });

    it('are added, listed, heard on every surface, renamed and deleted', async () => {
      const voice = await added('ada', 'My voice');
      expect(voice).toMatchObject({
        id: expect.stringMatching(/^voice_[0-9a-f]{32}$/),
        name: 'My voice',
        transcript,
        shared: false,
        consent: { who: consent, by: 'ada', audio_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        reference: { type: 'WAV', seconds: 11, sample_rate: 16_000, channels: 1 },
      });
      expect(await customOf('ada')).toEqual([voice.id]);
      expect(await (await ask('ada', `/${voice.id}`)).json()).toEqual(voice);
      const preview = await ask('ada', `/${voice.id}/preview`);
      expect(preview.headers.get('content-type')).toBe('audio/wav');
      const recording = await bytesOf(preview);
      const part = await ask('ada', `/${voice.id}/preview`, { headers: { range: 'bytes=0-3' } });
      expect([part.status, await part.text()]).toEqual([206, 'RIFF']);

      const headers = headersOf('ada');
      const surfaces: readonly (readonly [string, () => Promise<Response>])[] = [
        ['openai', () => say('ada', voice.id, 'One.')],
        ['openai, by name', () => say('ada', 'my VOICE', 'Two.')],
        ['fish', () => post(`${server.url}/v1/tts`, { text: 'Three.', reference_id: voice.id }, { headers })],
        [
          'elevenlabs',
          () => post(`${server.url}/v1/text-to-speech/${voice.id}`, { text: 'Four.' }, { headers }),
        ],
        ['query', () => fetch(`${server.url}/tts/stream?text=Five.&voice=${voice.id}`, { headers })],
      ];
      for (const [surface, speak] of surfaces) {
        const before = origin.spoken.length;
        const response = await speak();
        expect([surface, response.status]).toEqual([surface, 200]);
        expect((await bytesOf(response)).length).toBeGreaterThan(100);
        expect(origin.spoken.length).toBe(before + 1);
        const { references = [], reference_id: id } = lastAsked();
        expect([surface, id, references.length, references[0]?.text]).toEqual([
          surface,
          undefined,
          1,
          transcript,
        ]);
        expect(Buffer.compare(references[0]?.audio ?? new Uint8Array(), recording)).toBe(0);
      }
      await expect
        .poll(async () => {
          await (await say('ada', voice.id, `Again, ${crypto.randomUUID()}.`)).arrayBuffer();
          return lastAsked().use_memory_cache;
        })
        .toBe('on'); // once the release of the origin is known

      const renamed = await ask('ada', `/${voice.id}`, {
        method: 'PATCH',
        body: JSON.stringify({ name: 'Another name', description: 'Deep.' }),
        headers: { 'content-type': 'application/json' },
      });
      expect(await renamed.json()).toEqual({ ...voice, name: 'Another name', description: 'Deep.' });
      expect((await say('ada', 'Another name')).status).toBe(200);
      expect((await say('ada', 'My voice')).status).toBe(404);

      await remove('ada', voice.id);
      for (const path of [`/${voice.id}`, `/${voice.id}/preview`])
        expect((await ask('ada', path)).status).toBe(404);
      expect((await ask('ada', `/${voice.id}`, { method: 'DELETE' })).status).toBe(404);
      expect((await say('ada', voice.id, 'One.')).status).toBe(404); // though it was kept
      expect(await customOf('ada')).toEqual([]);
    });

    it('are heard over sockets and behind signed addresses, as long as they exist', async () => {
      const voice = await added('ada', 'My voice');
      const session = await LiveClient.start(server.url, { reference_id: voice.id }, headersOf('ada'));
      session.say('Said over a socket.');
      expect((await session.finish()).at(-1)).toMatchObject({ event: 'finish', reason: 'stop' });
      await session.leave();
      expect(lastAsked()).toMatchObject({ text: 'Said over a socket.', references: [{ text: transcript }] });
      const stranger = await LiveClient.start(server.url, { reference_id: voice.id }, headersOf('bob'));
      stranger.say('Said over a socket.');
      expect((await stranger.finish()).at(-1)).toMatchObject({ event: 'finish', reason: 'error' });

      const asked = { input: 'Behind an address.', voice: voice.id, response_format: 'wav' };
      const signed = await post(`${server.url}/v1/audio/speech/url`, asked, { headers: headersOf('ada') });
      const { url } = (await signed.json()) as { url: string };
      for (const range of ['bytes=0-99', 'bytes=100-199']) {
        const played = await fetch(url, { headers: { range } });
        expect([played.status, (await bytesOf(played)).length]).toEqual([206, 100]);
      }
      expect(lastAsked()).toMatchObject({ text: 'Behind an address.', references: [{ text: transcript }] });
      await remove('ada', voice.id);
      expect((await fetch(url, { headers: { range: 'bytes=0-99' } })).status).toBe(404);
      await added('ada', 'My voice'); // the same again: nothing that was kept is heard
      const before = origin.spoken.length;
      expect((await fetch(url, { headers: { range: 'bytes=0-99' } })).status).toBe(206);
      expect(origin.spoken.length).toBe(before + 1);
    });

    it('give a receipt for what they said, to the key that asked', async () => {
      const voice = await added('ada', 'My voice');
      const input = 'Signed and sealed.';
      const response = await say('ada', voice.id, input);
      const audio = await bytesOf(response);
      const id = response.headers.get('x-speech-id') ?? '';
      const receiptOf = (key: string, of = id): Promise<Response> =>
        fetch(`${server.url}/v1/audio/speech/${of}/receipt`, { headers: headersOf(key) });
      await expect.poll(async () => (await receiptOf('ada')).status).toBe(200);
      const receipt = (await (await receiptOf('ada')).json()) as { signed: string; signature: string };
      const hash = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
      expect(receipt).toMatchObject({
        id,
        object: 'audio.speech.receipt',
        voice: { id: voice.id, name: 'My voice' },
        consent: voice.consent,
        text_sha256: hash(input),
        audio_sha256: hash(audio),
        audio_bytes: audio.length,
        content_type: 'audio/wav',
        engine: 'fish',
        key: 'ada',
      });
      const { signed, signature } = receipt;
      expect(createHmac('sha256', secret).update(`receipt.${signed}`).digest('hex')).toBe(signature);
      expect(JSON.parse(signed)).toMatchObject({ id, audio_sha256: hash(audio) });
      const none = await receiptOf('bob');
      expect(none.status).toBe(404);
      expect(await none.text()).toBe(await (await receiptOf('bob', '0'.repeat(32))).text());
      const { headers } = await post(
        `${server.url}/v1/tts`,
        { text: 'By Fish.', reference_id: voice.id },
        { headers: headersOf('ada') },
      );
      await expect
        .poll(async () => (await receiptOf('ada', headers.get('x-speech-id') ?? '')).status)
        .toBe(200);
      const usualVoice = await say('ada', 'anna');
      await usualVoice.arrayBuffer();
      expect((await receiptOf('ada', usualVoice.headers.get('x-speech-id') ?? '')).status).toBe(404);
    });

    it("are those of ElevenLabs' client, too", async () => {
      const client = elevenLabsClient(server.url, 'key-of-ada');
      const files = [new File([recordingAudio()], 'voice.wav', { type: 'audio/wav' })];
      const labels = { transcript, consent, accent: 'none' };
      const made = await client.voices.ivc.create({ name: 'From a form', files, labels });
      expect(made.requiresVerification).toBe(false);
      const { voiceId } = made;
      expect(await client.voices.get(voiceId)).toMatchObject({
        voiceId,
        name: 'From a form',
        category: 'cloned',
      });
      const { voices } = await client.voices.search({ category: 'cloned' });
      expect(voices.map((voice) => voice.voiceId)).toEqual([voiceId]);
      const stream = await client.textToSpeech.convert(voiceId, { text: 'By its client.' });
      await bytesOf(new Response(stream));
      expect(lastAsked().references?.[0]?.text).toBe(transcript);
      expect(await client.voices.update(voiceId, { name: 'Renamed' })).toMatchObject({ status: 'ok' });
      expect(await (await ask('ada', `/${voiceId}`)).json()).toMatchObject({
        name: 'Renamed',
        consent: { who: consent },
      });
      const bobs = elevenLabsClient(server.url, 'key-of-bob');
      await expect(bobs.voices.delete(voiceId)).rejects.toMatchObject({
        statusCode: 404,
        body: { detail: { code: 'voice_not_found' } },
      });
      expect(await client.voices.delete(voiceId)).toMatchObject({ status: 'ok' });
      await expect(client.voices.get(voiceId)).rejects.toMatchObject({ statusCode: 404 });
      const short = [new File([recordingAudio({ seconds: 9 })], 'voice.wav')];
      const message = 'files lasts 9.0 s; it must last 10 to 30 s';
      await expect(client.voices.ivc.create({ name: 'Short', files: short })).rejects.toMatchObject({
        statusCode: 400,
        body: { detail: { message, param: 'files' } },
      });
    });

    it("are those of the Fish Audio cloud's client, too", async () => {
      const client = new FishAudioClient({ apiKey: 'key-of-ada', baseUrl: server.url });
      const voices = [new File([recordingAudio()], 'voice.wav')];
      const made = await client.voices.ivc.create({ title: 'A model', voices, texts: [transcript] });
      expect(made).toMatchObject({ title: 'A model', state: 'trained', visibility: 'private' });
      const { items } = await client.voices.search({ title: 'a model' });
      expect(items.map(({ _id }) => _id)).toEqual([made._id]);
      const speech = { text: 'By its client.', reference_id: made._id };
      expect((await post(`${server.url}/v1/tts`, speech, { headers: headersOf('ada') })).status).toBe(200);
      expect(lastAsked().references?.[0]?.text).toBe(transcript);
      await client.voices.update(made._id, { title: 'Renamed' });
      expect(await client.voices.get(made._id)).toMatchObject({ _id: made._id, title: 'Renamed' });
      await client.voices.delete(made._id);
      await expect(client.voices.get(made._id)).rejects.toMatchObject({ statusCode: 404 });
    });

    it('are added as JSON too, and the same again is the same voice', async () => {
      const audio = recordingAudio({ pitch: 330 });
      const body = {
        name: 'By JSON',
        transcript,
        consent: { who: consent, when: created },
        reference: base64(audio),
      };
      const first = await post(at(), body, { headers: headersOf('ada') });
      expect(first.status).toBe(201);
      const voice = (await first.json()) as ShownVoice;
      expect(voice.consent).toMatchObject({ who: consent, when: created });
      const again = await post(
        at(),
        { ...body, reference: `data:audio/wav;base64,${body.reference}` },
        { headers: headersOf('ada') },
      );
      expect([again.status, await again.json()]).toEqual([200, voice]);
      expect(await customOf('ada')).toEqual([voice.id]);
      await remove('ada', voice.id);
    });

    it('are seen, heard, changed and deleted by their own key alone', async () => {
      const audio = recordingAudio({ pitch: 440 });
      const [own, other] = [await added('ada', 'Secret', audio), await added('bob', 'Secret', audio)];
      expect(other.id).not.toBe(own.id); // nobody learns that another has the same
      expect([await customOf('ada'), await customOf('bob'), await customOf('root')]).toEqual([
        [own.id],
        [other.id],
        [],
      ]);
      const nobodys = `voice_${'0'.repeat(32)}`;
      for (const [method, path] of [
        ['GET', ''],
        ['GET', '/preview'],
        ['DELETE', ''],
        ['PATCH', ''],
      ] as const) {
        const attempt = async (key: string, id: string): Promise<unknown[]> => {
          const init = {
            method,
            ...(method === 'PATCH' && {
              body: '{"name":"x"}',
              headers: { 'content-type': 'application/json' },
            }),
          };
          const response = await ask(key, `/${id}${path}`, init);
          return [response.status, (await response.text()).replaceAll(id, 'ID')];
        };
        const none = await attempt('bob', nobodys);
        expect(none[0]).toBe(404);
        expect(await attempt('bob', own.id)).toEqual(none);
        expect(await attempt('root', own.id)).toEqual(none);
      }
      expect(await (await say('ada', own.id, 'Only mine.')).arrayBuffer()).toBeDefined();
      const before = origin.spoken.length;
      const refused = await say('bob', own.id, 'Only mine.');
      expect([refused.status, (await errorOf(refused)).code]).toEqual([404, 'voice_not_found']);
      expect(origin.spoken.length).toBe(before);
      const fresh = await say('bob', 'Secret', 'Only mine.');
      expect([fresh.status, fresh.headers.get('x-cache')]).toEqual([200, 'miss']); // the same recording, and none of ada's audio
      await fresh.arrayBuffer();
      await remove('bob', other.id);
      expect((await say('ada', own.id, 'Only mine.')).status).toBe(200);
      await remove('ada', own.id);
    });

    it('are for all keys where a key may say so', async () => {
      const shared = { ...usual('For all'), shared: 'true' };
      const form = (): FormData => formOf(shared, new Blob([recordingAudio({ pitch: 550 })]));
      const refused = await ask('ada', '', { method: 'POST', body: form() });
      expect([refused.status, (await errorOf(refused)).code]).toEqual([403, 'permission_denied']);
      const response = await ask('root', '', { method: 'POST', body: form() });
      const voice = (await response.json()) as ShownVoice;
      expect(voice.shared).toBe(true);
      expect([await customOf('ada'), await customOf('bob')]).toEqual([[voice.id], [voice.id]]);
      expect((await say('bob', 'For all')).status).toBe(200);
      const open = (await (await fetch(`${server.url}/v1/audio/voices`)).json()) as { data: ShownVoice[] };
      expect(open.data.map(({ id }) => id)).toContain(voice.id); // the list that asks for no key
      expect((await ask('ada', `/${voice.id}`, { method: 'DELETE' })).status).toBe(403);
      await remove('root', voice.id);
    });

    it('are as many as a key may have, and of different names', async () => {
      const made = [];
      for (const pitch of [200, 250, 300])
        made.push(await added('bob', `Voice ${pitch}`, recordingAudio({ pitch })));
      const beyond = await upload('bob', 'One more', recordingAudio({ pitch: 350 }));
      expect([beyond.status, (await errorOf(beyond)).message]).toEqual([
        400,
        'This key has 3 voices already; delete some.',
      ]);
      await remove('bob', ...made.slice(1).map(({ id }) => id));
      for (const name of ['voice 200', 'alloy', 'anna', 'x'.repeat(101), 'a\u0007b', ' ']) {
        const refused = await upload('bob', name, recordingAudio({ pitch: 350 }));
        expect([name, refused.status, (await errorOf(refused)).param]).toEqual([name, 400, 'name']);
      }
      expect(await customOf('bob')).toEqual([made[0]?.id]);
      await remove('bob', made[0]?.id ?? '');
    });

    it.each(unusable)('are not made of %s', async (_, makeAudio, fileName, message) => {
      const before = origin.requests.length;
      const response = await upload('ada', 'Nobody', makeAudio(), fileName);
      const { message: said, param } = await errorOf(response);
      expect([response.status, said, param]).toEqual([400, message, 'reference']);
      expect(await customOf('ada')).toEqual([]);
      expect(origin.requests.slice(before).map(({ path }) => path)).not.toContain('/v1/tts');
    });

    it.each([
      [{ name: 'x', transcript }, 'consent'],
      [{ name: 'x', consent }, 'transcript'],
      [{ transcript, consent }, 'name'],
      [{ name: 'x', transcript: ' ', consent }, 'transcript'],
      [{ name: 'x', transcript: 'x'.repeat(4097), consent }, 'transcript'],
      [{ name: 'x', transcript, consent: 'x'.repeat(1001) }, 'consent'],
      [{ name: 'x', transcript, consent, shared: 'perhaps' }, 'shared'],
    ])('are not made of fields that are missing or wrong: %#', async (fields, param) => {
      const body = formOf(fields as Record<string, string>, new Blob([recordingAudio()]));
      const response = await ask('ada', '', { method: 'POST', body });
      expect([response.status, (await errorOf(response)).param]).toEqual([400, param]);
    });

    it('are not made without a recording, of two, or of what is no form', async () => {
      const none = new FormData();
      for (const [field, value] of Object.entries(usual('x'))) none.set(field, value);
      expect((await errorOf(await ask('ada', '', { method: 'POST', body: none }))).param).toBe('reference');
      none.append('reference', new Blob([recordingAudio()]), 'a.wav');
      none.append('reference', new Blob([recordingAudio()]), 'b.wav');
      expect((await errorOf(await ask('ada', '', { method: 'POST', body: none }))).param).toBe('reference');
      const text = await ask('ada', '', {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': 'text/plain' },
      });
      expect(text.status).toBe(415);
      expect(
        (await post(at(), { ...usual('x'), reference: '%%%' }, { headers: headersOf('ada') })).status,
      ).toBe(400);
      const huge = await upload('ada', 'Huge', new Uint8Array(11 * 1024 * 1024));
      expect(huge.status).toBe(413);
      expect((await fetch(at(), { method: 'POST', body: none })).status).toBe(401);
    });

    it.each(['..%2f..%2fetc', 'voice_..%2f..', `voice_${'A'.repeat(32)}`, '%00', 'voices%2fx'])(
      'are not found by %s',
      async (id) => {
        for (const path of [`/${id}`, `/${id}/preview`]) expect((await ask('ada', path)).status).toBe(404);
        expect((await ask('ada', `/${id}`, { method: 'DELETE' })).status).toBe(404);
      },
    );
  });
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const noise = Uint8Array.from({ length: 400_000 }, (_, i) => (i * 7919) % 251);
const behind = (head: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat([Buffer.from(head, 'latin1'), noise]));

/** What no voice is made of: what was measured, and what is allowed. */
const unusable: readonly (readonly [
  name: string,
  audio: () => Uint8Array<ArrayBuffer>,
  fileName: string,
  message: string,
])[] = [
  [
    '9 seconds',
    () => recordingAudio({ seconds: 9 }),
    'a.wav',
    'reference lasts 9.0 s; it must last 10 to 30 s',
  ],
  [
    '31 seconds',
    () => recordingAudio({ seconds: 31 }),
    'a.wav',
    'reference lasts 31.0 s; it must last 10 to 30 s',
  ],
  [
    'a minute and a half',
    () => recordingAudio({ seconds: 90 }),
    'a.wav',
    'reference lasts 90.0 s; it must last 10 to 30 s',
  ],
  [
    '8 kHz',
    () => recordingAudio({ rate: 8000 }),
    'a.wav',
    'reference has 8000 Hz; it must have 16000 to 48000 Hz',
  ],
  [
    '96 kHz',
    () => recordingAudio({ rate: 96_000 }),
    'a.wav',
    'reference has 96000 Hz; it must have 16000 to 48000 Hz',
  ],
  [
    'silence',
    () => recordingAudio({ loudness: 0 }),
    'a.wav',
    'reference is silent: 100 % of it is below -50 dBFS; at most 60 % may be',
  ],
  [
    'a whisper',
    () => recordingAudio({ loudness: 0.0071 }),
    'a.wav',
    'reference has a level of -46.0 dBFS; it must have -40 to -6 dBFS',
  ],
  [
    'what is clipped',
    () => recordingAudio({ loudness: 3 }),
    'a.wav',
    expect.stringMatching(
      /^reference is clipped: \d+\.\d % of its samples are at full scale; at most 0\.5 % may be$/,
    ),
  ],
  [
    'text',
    () => behind('Dear diary,'),
    'a.wav',
    'reference is no audio that is known here; it must be WAV, MP3 or FLAC',
  ],
  [
    'a picture',
    () => behind('\x89PNG\r\n\x1a\n'),
    'a.wav',
    'reference is no audio that is known here; it must be WAV, MP3 or FLAC',
  ],
  ['Ogg that is called WAV', () => behind('OggS'), 'a.wav', 'reference is Ogg; it must be WAV, MP3 or FLAC'],
  ['WAV that is called FLAC', () => recordingAudio(), 'a.flac', 'reference is called FLAC and is WAV'],
  [
    'noise that begins as WAV',
    () => behind('RIFF\xff\xff\0\0WAVE'),
    'a.wav',
    'reference cannot be decoded as WAV',
  ],
  ['noise that begins as FLAC', () => behind('fLaC'), 'a.flac', 'reference cannot be decoded as FLAC'],
  [
    'an empty file',
    () => new Uint8Array(),
    'a.wav',
    'reference is no audio that is known here; it must be WAV, MP3 or FLAC',
  ],
];
