import { FishAudioClient, RealtimeEvents } from 'fish-audio';
import { describe, expect, it } from 'vitest';
import { ascii, type Context, uint32 } from './context.ts';
import { LiveClient, said } from './live-client.ts';

const bytesOfWord = 0.3 * 44_100 * 2;

/** `/v1/tts/live` (docs/fish-speech.md): text in bit by bit, one stream of audio out. */
export function addFishLive(context: Context): void {
  describe('/v1/tts/live', () => addSessions(context));
}

function addSessions(context: Context): void {
  const { server, origin } = context;
  const last = (): string | undefined => said(context).at(-1)?.text;

  it('speaks for the official client', async () => {
    const client = new FishAudioClient({ apiKey: 'none', baseUrl: `${server().url}/` }); // it writes //v1 then
    async function* texts(): AsyncGenerator<string> {
      for (const word of ['One ', 'two ', 'three. ', 'Four ', 'five.']) yield word;
    }
    const session = await client.textToSpeech.convertRealtime({ text: '', format: 'wav' }, texts());
    const chunks: Uint8Array[] = [];
    await new Promise((resolve, reject) => {
      session.on(RealtimeEvents.AUDIO_CHUNK, (audio) => chunks.push(audio as Uint8Array));
      session.on(RealtimeEvents.ERROR, reject);
      session.on(RealtimeEvents.CLOSE, resolve);
    });
    session.close();
    const audio = Buffer.concat(chunks);
    expect([ascii(audio, 0, 4), ascii(audio, 8, 12)]).toEqual(['RIFF', 'WAVE']);
    expect(audio.indexOf('RIFF', 4)).toBe(-1); // one stream, however many sentences
    expect(uint32(audio, 24)).toBe(44_100);
    expect(audio.length).toBeGreaterThan(4 * bytesOfWord);
  });

  it('speaks a sentence as soon as the next one begins', async () => {
    const session = await LiveClient.start(server().url);
    session.say('This sentence ', 'is whole. ', 'This one');
    await origin().until(() => said(context).some(({ text }) => text === 'This sentence is whole.'));
    await expect.poll(() => session.audio.length).toBeGreaterThan(3 * bytesOfWord);
    expect(said(context).some(({ text }) => text === 'This one')).toBe(false);
    session.say(' ends here.');
    expect((await session.finish()).at(-1)).toEqual({ event: 'finish', reason: 'stop' });
    expect(last()).toBe('This one ends here.');
    await session.leave();
  });

  it('speaks at each flush, and stays open', async () => {
    const session = await LiveClient.start(server().url);
    for (const turn of ['First turn', 'Second turn', 'Third turn']) {
      const before = session.audio.length;
      session.say(turn);
      session.send({ event: 'flush' });
      await expect.poll(() => session.audio.length - before).toBeGreaterThan(1.5 * bytesOfWord);
      expect(last()).toBe(turn);
    }
    session.socket.close();
  });

  it('keeps one voice: what it said first is the reference of the rest', async () => {
    const session = await LiveClient.start(server().url);
    session.say('Whose voice is this? ', 'It is the same one.');
    await session.finish();
    await session.leave();
    const [first, second] = said(context, -2);
    expect(first).not.toHaveProperty('references');
    expect(second?.references).toMatchObject([{ text: 'Whose voice is this?' }]);
    expect(second?.seed).toBe(first?.seed);
  });

  it.each([
    ['mp3', undefined, (audio: Buffer) => audio[0] === 0xff],
    ['opus', 'opus', (audio: Buffer) => ascii(audio, 0, 4) === 'OggS'],
    ['pcm', 'pcm', (audio: Buffer) => audio.length % 2 === 0],
  ])('gives %s', async (_, format, isIt) => {
    const session = await LiveClient.start(server().url, { format });
    session.say('Spoken as asked for. ', 'And more of it.');
    expect((await session.finish()).at(-1)).toMatchObject({ reason: 'stop' });
    await session.leave();
    expect(session.audio.length).toBeGreaterThan(2000);
    expect(isIt(session.audio)).toBe(true);
  });

  it('takes what clients send for nothing', async () => {
    const nothing = {
      reference_id: null,
      references: [],
      prosody: null,
      sample_rate: null,
      opus_bitrate: -1000,
    };
    const session = await LiveClient.start(server().url, { ...nothing, latency: 'balanced', features: [] });
    session.send({ event: 'log', debug: true });
    session.send({ event: 'text', text: null });
    expect(await session.finish()).toEqual([{ event: 'finish', reason: 'stop' }]);
    await session.leave();
  });
}
