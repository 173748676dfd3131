import { encode } from '@msgpack/msgpack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, installedPack } from '../../../src/adapters/local/packs.ts';
import { defaultVoicePack, findPack } from '../../../src/engine/onnx/packs/manifest.ts';
import { hasRuntime, type RunningServer, type Runtime, startServer } from '../server.ts';
import { ascii, bytesOf, type FishError, type OpenaiError, post, uint32, whenKept } from './context.ts';
import { addWordTimes } from './embedded-captions.ts';
import { addCrowd } from './embedded-crowd.ts';
import { addEmbeddedElevenLabs } from './embedded-elevenlabs.ts';
import { addLanguages, languageSettings } from './embedded-languages.ts';
import { watchHealth } from './health-watch.ts';
import { LiveClient } from './live-client.ts';
import { firstAudio } from './long-work.ts';

const headerBytes = 44;
/** As Fish-Speech and its cloud answer, whatever the voice's own rate. */
const rate = 44_100;
const pack = findPack(defaultVoicePack);
const isInstalled = pack !== undefined && (await installedPack(dataFolder(), pack)) !== undefined;

/** Real speech from the embedded voice, over HTTP. */
export function embedded(runtime: Runtime): void {
  describe.skipIf(!hasRuntime(runtime) || !isInstalled)(
    `${runtime} with the embedded voice (skipped when it is not installed)`,
    { timeout: 90_000 }, // a busy machine speaks slowly
    () => {
      const isIsolate = runtime === 'workers';
      let server: RunningServer;
      beforeAll(async () => {
        const env = { FISH_ENGINE: 'onnx', FISH_VOICE: defaultVoicePack, ...languageSettings };
        server = await startServer(runtime, { env });
      });
      afterAll(() => server?.stop());
      const tts = (body: unknown, init?: RequestInit): Promise<Response> =>
        post(`${server.url}/v1/tts`, body, init);
      const speech = (body: unknown): Promise<Response> => post(`${server.url}/v1/audio/speech`, body);

      it.skipIf(isIsolate)(
        'says where it listens, with what voice, and a line to try (no command does on Workers)',
        () => {
          expect(server.stderr()).toContain(defaultVoicePack);
          expect(server.stderr()).toContain(`curl ${server.url}/v1/audio/speech`);
        },
      );

      it.skipIf(isIsolate)(
        'computes the vocoder with kernels of our own (Workers have no choice)',
        async () => {
          await expect
            .poll(() => server.logs.map(({ message }) => message))
            .toEqual(expect.arrayContaining(['inference runtime', 'inference kernels']));
          expect(server.logs.map(({ level }) => level)).not.toContain('warn');
        },
      );

      it('is healthy when asked in detail', async () => {
        const health = await (await fetch(`${server.url}/v1/health?detailed=true`)).json();
        expect(health).toMatchObject({ status: 'ok', engine: 'onnx', backend: { status: 'healthy' } });
      });

      it('tells which voices are there and which is the default one, beside the list of models', async () => {
        const { data, voice_packs: packs } = (await (await fetch(`${server.url}/v1/models`)).json()) as {
          data: { object: string }[];
          voice_packs: { id: string; state: string; default: boolean }[];
        };
        expect(new Set(data.map(({ object }) => object))).toEqual(new Set(['model']));
        expect(packs[0]).toEqual({
          id: defaultVoicePack,
          object: 'voice_pack',
          state: expect.stringMatching(/^(loaded|installed)$/),
          default: true,
          languages: ['en-US'],
          license: 'CC0-1.0',
        });
        expect(packs.slice(1).every((other) => !other.default)).toBe(true);
      });

      it('tells of each voice which language it speaks and under which licence it is', async () => {
        const { data } = (await (await fetch(`${server.url}/v1/voices`)).json()) as { data: object[] };
        expect(data[0]).toMatchObject({ id: defaultVoicePack, language: 'en-US', license: 'CC0-1.0' });
      });

      it('speaks a whole WAV', async () => {
        const response = await tts({ text: 'The quick brown fox jumps over the lazy dog.' });
        expect(response.headers.get('x-engine')).toBe('onnx');
        const wav = await bytesOf(response);
        expect(ascii(wav, 0, 4)).toBe('RIFF');
        expect(uint32(wav, 24)).toBe(rate);
        expect(uint32(wav, 40)).toBe(wav.length - headerBytes);
        const seconds = (wav.length - headerBytes) / 2 / rate;
        expect(seconds).toBeGreaterThan(1.5);
        expect(seconds).toBeLessThan(6);
        expect(loudness(wav.subarray(headerBytes))).toBeGreaterThan(300);
      });

      it('streams several sentences', async () => {
        const text = 'One sentence. And another one? Yes, and a third one as well!';
        const wav = await bytesOf(await tts({ text, streaming: true }));
        expect(uint32(wav, 40)).toBe(0xffffffff);
        expect((wav.length - headerBytes) / 2 / rate).toBeGreaterThan(2);
      });

      it.each([1, 1.5])('knows how long a WAV is that it has kept, at a speed of %f', async (speed) => {
        const input = `Kept at a speed of ${speed}.`;
        const streamed = await bytesOf(await speech({ input, speed, response_format: 'wav' }));
        const kept = await whenKept(() => speech({ input, speed, response_format: 'wav' }));
        expect(kept.headers.get('x-cache')).toBe('hit');
        const wav = await bytesOf(kept);
        expect(kept.headers.get('content-length')).toBe(String(wav.length));
        expect([uint32(wav, 4), uint32(wav, 40)]).toEqual([wav.length - 8, wav.length - headerBytes]);
        expect(wav.subarray(headerBytes)).toEqual(streamed.subarray(headerBytes));
      });

      it.each(['pcm', 'mp3', 'aac'])(
        'answers %s at 44.1 kHz in chunks, as clients of Fish expect',
        async (format) => {
          const text =
            'One sentence that comes first. And another one, which is made while the first is heard.';
          const response = await tts({ text, format, mp3_bitrate: 192 });
          expect(response.headers.get('x-audio-sample-rate')).toBe(String(rate));
          expect(response.headers.has('content-length')).toBe(false);
          const audio = await bytesOf(response);
          if (format === 'pcm') expect(audio.length / 2 / rate).toBeGreaterThan(3);
          if (format === 'mp3') expect((audio[2] ?? 0) >> 4).toBe(11); // 192 kbit/s of MPEG-1 layer III
        },
      );

      it('holds no stream of a text that was spoken', async () => {
        const response = await tts({ text: 'A text has parts. The last one ends it.', streaming: true });
        await response.arrayBuffer();
        const running = async (): Promise<string | undefined> => {
          const metrics = await (await fetch(`${server.url}/metrics`)).text();
          return /^fish_edge_queue_running (\d+)$/m.exec(metrics)?.[1];
        };
        await expect.poll(running).toBe('0');
      });

      it('gives clients of the Fish Audio cloud mp3 when they name no format', async () => {
        const response = await tts({ text: 'Hello.' }, { headers: { model: 's1' } });
        expect(response.headers.get('content-type')).toBe('audio/mpeg');
        await bytesOf(response);
      });

      it('streams a book at once, and answers others meanwhile', async () => {
        const body = JSON.stringify({ text: 'A. '.repeat(10_000_000), streaming: true });
        const { answers } = await watchHealth(server, () => firstAudio(server.url, body));
        expect(answers).toBeGreaterThan(2);
      }, 120_000); // to cut all of it takes longer than that

      it('takes msgpack', async () => {
        const headers = { 'content-type': 'application/msgpack' };
        const body = encode({ text: 'Hello there.' }) as BodyInit;
        const response = await fetch(`${server.url}/v1/tts`, { method: 'POST', headers, body });
        expect((await bytesOf(response)).length).toBeGreaterThan(10_000);
      });

      it.each([
        ['mp3', 'audio/mpeg', '22050'],
        ['wav', 'audio/wav', '22050'],
        ['pcm', 'audio/pcm', '24000'],
      ])('answers %s on the OpenAI surface', async (format, type, sampleRate) => {
        const response = await speech({
          model: 'tts-1',
          voice: 'shimmer',
          input: 'Hello there.',
          response_format: format,
        });
        expect(response.headers.get('content-type')).toBe(type);
        expect(response.headers.get('x-audio-sample-rate')).toBe(sampleRate);
        expect((await bytesOf(response)).length).toBeGreaterThan(4000);
      });

      it('speaks slower and faster', async () => {
        const input = 'This sentence takes a certain time to be spoken.';
        const length = async (speed: number): Promise<number> =>
          (await bytesOf(await speech({ input, speed, response_format: 'pcm' }))).length;
        const [slow, fast] = [await length(0.5), await length(2)];
        expect(slow / fast).toBeGreaterThan(4 * 0.94);
        expect(slow / fast).toBeLessThan(4 * 1.06);
      });

      it('refuses what it cannot do', async () => {
        const voice = await speech({ input: 'Hi.', voice: 'nobody' });
        expect([voice.status, ((await voice.json()) as OpenaiError).error.code]).toEqual([
          404,
          'voice_not_found',
        ]);
        const cloned = await tts({ text: 'Hi.', references: [{ audio: btoa('ID3 abc'), text: 'abc' }] });
        expect([cloned.status, ((await cloned.json()) as FishError).detail]).toEqual([
          400,
          expect.stringContaining('references'),
        ]);
      });

      it('stops when the client leaves, and goes on for the next one', async () => {
        const client = new AbortController();
        const text = 'This is a rather long text that nobody wants to hear to its end. '.repeat(40);
        const headers = { 'x-request-id': 'leaver' };
        const response = await tts({ text, streaming: true }, { signal: client.signal, headers });
        await response.body?.getReader().read();
        client.abort();
        await expect
          .poll(() => server.logs.find((line) => line.id === 'leaver'), { timeout: 60_000 })
          .toMatchObject({
            status: 499,
            outcome: 'cancelled',
          });
        expect((await tts({ text: 'Next, please.' })).status).toBe(200);
      });

      it('serves several clients at once', async () => {
        const lengths = await Promise.all(
          Array.from(
            { length: 4 },
            async (_, index) => (await bytesOf(await tts({ text: `Client number ${index}.` }))).length,
          ),
        );
        for (const length of lengths) expect(length).toBeGreaterThan(10_000);
      });

      it('speaks text that is still being written, at each flush', async () => {
        const session = await LiveClient.start(server.url);
        for (const turn of ['The quick brown fox', 'jumps over the lazy dog.']) {
          const before = session.audio.length;
          session.say(turn);
          session.send({ event: 'flush' });
          await expect.poll(() => session.audio.length - before, { timeout: 60_000 }).toBeGreaterThan(rate);
          expect(loudness(session.audio.subarray(before))).toBeGreaterThan(300);
        }
        expect((await session.finish()).at(-1)).toEqual({ event: 'finish', reason: 'stop' });
        await session.leave();
      });

      addLanguages(() => server, isIsolate);
      addWordTimes(() => server);
      addEmbeddedElevenLabs(() => server);
      if (!isIsolate) addCrowd(runtime, defaultVoicePack); // it counts inference workers
    },
  );
}

/** Root mean square of s16le samples. */
function loudness(pcm: Uint8Array): number {
  const view = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  let sum = 0;
  for (let at = 0; at + 1 < pcm.length; at += 2) sum += view.getInt16(at, true) ** 2;
  return Math.sqrt(sum / (pcm.length / 2));
}
