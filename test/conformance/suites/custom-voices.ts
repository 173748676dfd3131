import { createHash, createHmac } from 'node:crypto';
import { FishAudioClient } from 'fish-audio';
import { describe, expect, it } from 'vitest';
import { elevenLabsClient } from '../../elevenlabs-sdk.ts';
import { recordingAudio } from '../../reference-audio.ts';
import { bytesOf, type Context, post } from './context.ts';
import { LiveClient } from './live-client.ts';
import { consent, created, type ShownVoice, secret, transcript, voiceServer } from './voice-server.ts';

/** Voices that clients make of recordings. */
export function addCustomVoices({ runtime }: Context): void {
  describe('custom voices', () => {
    const { server, origin, headersOf, at, ask, added, customOf, remove, say, lastAsked, errorOf } =
      voiceServer(runtime);

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
        [
          'fish',
          () => post(`${server().url}/v1/tts`, { text: 'Three.', reference_id: voice.id }, { headers }),
        ],
        [
          'elevenlabs',
          () => post(`${server().url}/v1/text-to-speech/${voice.id}`, { text: 'Four.' }, { headers }),
        ],
        ['query', () => fetch(`${server().url}/tts/stream?text=Five.&voice=${voice.id}`, { headers })],
      ];
      for (const [surface, speak] of surfaces) {
        const before = origin().spoken.length;
        const response = await speak();
        expect([surface, response.status]).toEqual([surface, 200]);
        expect((await bytesOf(response)).length).toBeGreaterThan(100);
        expect(origin().spoken.length).toBe(before + 1);
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
      const session = await LiveClient.start(server().url, { reference_id: voice.id }, headersOf('ada'));
      session.say('Said over a socket.');
      expect((await session.finish()).at(-1)).toMatchObject({ event: 'finish', reason: 'stop' });
      await session.leave();
      expect(lastAsked()).toMatchObject({ text: 'Said over a socket.', references: [{ text: transcript }] });
      const stranger = await LiveClient.start(server().url, { reference_id: voice.id }, headersOf('bob'));
      stranger.say('Said over a socket.');
      expect((await stranger.finish()).at(-1)).toMatchObject({ event: 'finish', reason: 'error' });

      const asked = { input: 'Behind an address.', voice: voice.id, response_format: 'wav' };
      const signed = await post(`${server().url}/v1/audio/speech/url`, asked, { headers: headersOf('ada') });
      const { url } = (await signed.json()) as { url: string };
      for (const range of ['bytes=0-99', 'bytes=100-199']) {
        const played = await fetch(url, { headers: { range } });
        expect([played.status, (await bytesOf(played)).length]).toEqual([206, 100]);
      }
      expect(lastAsked()).toMatchObject({ text: 'Behind an address.', references: [{ text: transcript }] });
      await remove('ada', voice.id);
      expect((await fetch(url, { headers: { range: 'bytes=0-99' } })).status).toBe(404);
      await added('ada', 'My voice'); // the same again: nothing that was kept is heard
      const before = origin().spoken.length;
      expect((await fetch(url, { headers: { range: 'bytes=0-99' } })).status).toBe(206);
      expect(origin().spoken.length).toBe(before + 1);
    });

    it('give a receipt for what they said, to the key that asked', async () => {
      const voice = await added('ada', 'My voice');
      const input = 'Signed and sealed.';
      const response = await say('ada', voice.id, input);
      const audio = await bytesOf(response);
      const id = response.headers.get('x-speech-id') ?? '';
      const receiptOf = (key: string, of = id): Promise<Response> =>
        fetch(`${server().url}/v1/audio/speech/${of}/receipt`, { headers: headersOf(key) });
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
        `${server().url}/v1/tts`,
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
      const client = elevenLabsClient(server().url, 'key-of-ada');
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
      const bobs = elevenLabsClient(server().url, 'key-of-bob');
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
      const client = new FishAudioClient({ apiKey: 'key-of-ada', baseUrl: server().url });
      const voices = [new File([recordingAudio()], 'voice.wav')];
      const made = await client.voices.ivc.create({ title: 'A model', voices, texts: [transcript] });
      expect(made).toMatchObject({ title: 'A model', state: 'trained', visibility: 'private' });
      const { items } = await client.voices.search({ title: 'a model' });
      expect(items.map(({ _id }) => _id)).toEqual([made._id]);
      const speech = { text: 'By its client.', reference_id: made._id };
      expect((await post(`${server().url}/v1/tts`, speech, { headers: headersOf('ada') })).status).toBe(200);
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
      const before = origin().spoken.length;
      const refused = await say('bob', own.id, 'Only mine.');
      expect([refused.status, (await errorOf(refused)).code]).toEqual([404, 'voice_not_found']);
      expect(origin().spoken.length).toBe(before);
      const fresh = await say('bob', 'Secret', 'Only mine.');
      expect([fresh.status, fresh.headers.get('x-cache')]).toEqual([200, 'miss']); // the same recording, and none of ada's audio
      await fresh.arrayBuffer();
      await remove('bob', other.id);
      expect((await say('ada', own.id, 'Only mine.')).status).toBe(200);
      await remove('ada', own.id);
    });
  });
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
