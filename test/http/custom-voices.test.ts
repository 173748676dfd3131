import { describe, expect, it } from 'vitest';
import { recordingAudio } from '../reference-audio.ts';
import { createSpeechServer } from './speech-server.ts';

const reference = Buffer.from(recordingAudio()).toString('base64');
const roomy = { maxReferenceBytes: 500_000 };
const voice = { name: 'One', transcript: 'Said.', consent: 'Ada', reference };

describe('where nothing imitates a recording', () => {
  it('no voice is made of one, and the answer says why', async () => {
    const server = createSpeechServer();
    for (const path of ['/v1/voices', '/v1/voices/add', '/model']) {
      const response = await server.post(path, voice);
      expect([path, response.status]).toEqual([path, 501]);
      expect(await response.text()).toContain('the embedded voices cannot');
    }
  });

  it('one that was made before is refused, not replaced by another', async () => {
    let clones = true;
    const server = createSpeechServer(undefined, { clones: () => clones }, roomy);
    const { id } = (await (await server.post('/v1/voices', voice)).json()) as { id: string };
    clones = false;
    const refused = await server.post('/v1/audio/speech', { input: 'Hello.', voice: id });
    expect([refused.status, server.opened.length]).toEqual([501, 0]);
    clones = true;
    expect((await server.post('/v1/audio/speech', { input: 'Hello.', voice: id })).status).toBe(200);
    expect(server.opened[0]).toMatchObject({
      voice: undefined,
      customVoice: id,
      references: [{ text: 'Said.' }],
      sampling: { memoryCache: 'on' },
    });
  });
});

describe('GET /v1/voices/{id}', () => {
  it('knows the voices of the engine too', async () => {
    const server = createSpeechServer();
    const response = await server.get('/v1/voices/ann');
    expect(await response.json()).toMatchObject({ id: 'anna', voice_id: 'anna', name: 'Anna' });
    expect((await server.get('/v1/voices/nobody')).status).toBe(404);
  });
});

describe('a recording in JSON', () => {
  it.each([
    [undefined, 'reference is required: a file of WAV, MP3 or FLAC'],
    ['%%%', 'reference must be base64'],
    [`data:audio/flac;base64,${reference}`, 'reference is called FLAC and is WAV'],
  ])('%#', async (given, message) => {
    const server = createSpeechServer(undefined, { clones: () => true }, roomy);
    const response = await server.post('/v1/voices', { ...voice, reference: given });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { message, param: 'reference' } },
    ]);
  });
});
