import { describe, expect, it } from 'vitest';
import { recordingAudio } from '../../reference-audio.ts';
import { type Context, post } from './context.ts';
import { consent, type ShownVoice, transcript, voiceServer } from './voice-server.ts';

/** Who may share a voice, how many there may be, what none is made of, and names that none has. */
export function addCustomVoicesRefusals({ runtime }: Context): void {
  describe('custom voices', () => {
    const {
      server,
      origin,
      headersOf,
      at,
      ask,
      formOf,
      usual,
      upload,
      added,
      customOf,
      remove,
      say,
      errorOf,
    } = voiceServer(runtime);

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
      const open = (await (await fetch(`${server().url}/v1/audio/voices`)).json()) as { data: ShownVoice[] };
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
      const before = origin().requests.length;
      const response = await upload('ada', 'Nobody', makeAudio(), fileName);
      const { message: said, param } = await errorOf(response);
      expect([response.status, said, param]).toEqual([400, message, 'reference']);
      expect(await customOf('ada')).toEqual([]);
      expect(
        origin()
          .requests.slice(before)
          .map(({ path }) => path),
      ).not.toContain('/v1/tts');
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
