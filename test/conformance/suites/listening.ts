import { request } from 'node:http';
import { encode } from '@msgpack/msgpack';
import { FishAudioClient } from 'fish-audio';
import OpenAI, { BadRequestError, toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, installedPack } from '../../../src/adapters/local/packs.ts';
import { WAV_HEADER_BYTES, wavHeader } from '../../../src/audio/wav.ts';
import { defaultVoicePack, packs } from '../../../src/engine/onnx/packs/manifest.ts';
import { countEdits } from '../../roundtrip/error-rate.ts';
import { spokenWords } from '../../roundtrip/words.ts';
import { hasRuntime, type RunningServer, type Runtime, startServer } from '../server.ts';
import { bytesOf, type FishError, lacks, uint32 } from './context.ts';

const listener = 'moonshine-tiny';
const needed = packs.filter(({ id }) => id === listener || id === defaultVoicePack);
const installed = await Promise.all(needed.map((pack) => installedPack(dataFolder(), pack)));
const isInstalled = installed.every((pack) => pack !== undefined);

const model = 'whisper-1';
const input = 'The kitchen smelled of fresh bread and strong coffee. Nobody answered the door.';
/** Of 13 words: the voice draws noise of its own. */
const mostEdits = 1;

/** What the embedded voice says is heard by the embedded recogniser, through the official client. */
export function listening(runtime: Runtime): void {
  describe.skipIf(!hasRuntime(runtime) || !isInstalled)(
    `${runtime} with the embedded recogniser (skipped when it is not installed)`,
    { timeout: 60_000 },
    () => {
      let server: RunningServer;
      const client = (): OpenAI => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'any', maxRetries: 0 });
      const audio = new Map<string, Uint8Array<ArrayBuffer>>();
      const speak = async (
        response_format: 'wav' | 'mp3' | 'flac' | 'opus' | 'aac',
        text = input,
      ): Promise<File> => {
        const key = response_format + text;
        const asked = { model: 'tts-1', voice: 'alloy', input: text, response_format };
        const made =
          audio.get(key) ?? new Uint8Array(await (await client().audio.speech.create(asked)).arrayBuffer());
        audio.set(key, made);
        return toFile(made, `speech.${response_format}`);
      };
      beforeAll(async () => {
        server = await startServer(runtime, { env: { FISH_ENGINE: 'onnx', FISH_VOICE: defaultVoicePack } });
      });
      afterAll(() => server?.stop());

      function expectWords(text: string): void {
        expect(countEdits(spokenWords(input), spokenWords(text)), text).toBeLessThanOrEqual(mostEdits);
      }

      it.each(['wav', 'mp3', 'flac', 'opus'] as const)('understands %s', async (format) => {
        const heard = await client().audio.transcriptions.create({ file: await speak(format), model });
        expectWords(heard.text);
        expect(heard.usage).toMatchObject({ type: 'duration', seconds: expect.any(Number) });
      });

      it('answers in every format', async () => {
        const file = await speak('wav');
        const { transcriptions, translations } = client().audio;
        expectWords(await transcriptions.create({ file, model, response_format: 'text' }));
        const srt = await transcriptions.create({ file, model, response_format: 'srt' });
        expect(srt).toMatch(/^1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\n\w/);
        const vtt = await transcriptions.create({ file, model, response_format: 'vtt' });
        expect(vtt).toMatch(/^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:0\d\.\d{3}\n\w/);
        const granularities: ('word' | 'segment')[] = ['word', 'segment'];
        const verbose = await transcriptions.create({
          file,
          model,
          response_format: 'verbose_json',
          timestamp_granularities: granularities,
        });
        expectWords(verbose.text);
        expect(verbose).toMatchObject({ task: 'transcribe', language: 'english' });
        expect(verbose.segments?.[0]).toMatchObject({ id: 0, seek: 0, avg_logprob: expect.any(Number) });
        expectWords(verbose.words?.map(({ word }) => word).join(' ') ?? '');
        const ends = verbose.words?.map(({ end }) => end) ?? [];
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
        expect(ends.at(-1)).toBeLessThanOrEqual(Number(verbose.duration));
        expectWords((await translations.create({ file, model })).text);
      });

      it('tells words alone where they alone were asked for', async () => {
        const heard = await client().audio.transcriptions.create({
          file: await speak('wav'),
          model,
          response_format: 'verbose_json',
          timestamp_granularities: ['word'],
        });
        expect(heard).not.toHaveProperty('segments');
        expectWords(heard.words?.map(({ word }) => word).join(' ') ?? '');
      });

      it("serves the Fish Audio cloud's clients", async () => {
        const fish = new FishAudioClient({ apiKey: 'any', baseUrl: server.url });
        const heard = await fish.speechToText.convert({
          audio: await speak('wav'),
          ignore_timestamps: false,
        });
        expectWords(heard.text);
        expect(heard.duration).toBeGreaterThan(3);
        expect(heard.segments.at(-1)?.end).toBeLessThanOrEqual(heard.duration);
        const body = encode({ audio: audio.get(`wav${input}`), language: null, ignore_timestamps: null });
        const packed = await fetch(`${server.url}/v1/asr`, {
          method: 'POST',
          headers: { 'content-type': 'application/msgpack' },
          body: body as BodyInit,
        });
        const { text, segments } = (await packed.json()) as { text: string; segments: unknown[] };
        expectWords(text);
        expect(segments).toEqual([]);
      });

      it.each([
        [{}, 'audio must be the bytes of a file'],
        [{ audio: new Uint8Array() }, 'audio must not be empty'],
        [{ audio: 'text' }, 'audio must be the bytes of a file'],
        [{ audio: new Uint8Array(500), language: 7 }, 'language must be a string'],
      ])('/v1/asr refuses %j', async (fields, detail) => {
        const response = await fetch(`${server.url}/v1/asr`, {
          method: 'POST',
          headers: { 'content-type': 'application/msgpack' },
          body: encode(fields) as BodyInit,
        });
        expect([response.status, ((await response.json()) as FishError).detail]).toEqual([400, detail]);
      });

      it('streams what it hears', async () => {
        const deltas: string[] = [];
        const file = await speak('mp3');
        for await (const event of await client().audio.transcriptions.create({ file, model, stream: true })) {
          if (event.type === 'transcript.text.delta') deltas.push(event.delta);
          if (event.type === 'transcript.text.done') {
            expect(event.text).toBe(deltas.join(''));
            expect(event.usage).toEqual({ type: 'duration', seconds: expect.any(Number) });
          }
        }
        expectWords(deltas.join(''));
      });

      it('is among the models', async () => {
        const ids: string[] = [];
        for await (const { id } of client().models.list()) ids.push(id);
        expect(ids).toEqual(expect.arrayContaining([model, listener]));
      });

      it('refuses what it cannot do, naming it', async () => {
        const ask = async (more: object, file?: File): Promise<unknown> =>
          client()
            .audio.transcriptions.create({ file: file ?? (await speak('wav')), model, ...more })
            .catch((error: unknown) => error);
        expect(await ask({ language: 'english' })).toHaveProperty('text');
        for (const [more, param] of [
          [{ language: 'vi' }, 'language'],
          [{ response_format: 'diarized_json' }, 'response_format'],
          [{ temperature: 3 }, 'temperature'],
        ] as const) {
          const refused = await ask(more);
          expect(refused).toBeInstanceOf(BadRequestError);
          expect(refused).toMatchObject({ param });
        }
        const hello = new TextEncoder().encode('hello');
        for (const bytes of [hello, new Uint8Array(await (await speak('aac')).slice(0, 5).arrayBuffer())]) {
          expect(await ask({}, await toFile(bytes, 'a.mp3'))).toMatchObject({
            param: 'file',
            message: expect.stringContaining('WAV, MP3, FLAC'),
          });
        }
      });

      it.skipIf(lacks(runtime, 'leave-early-after-upload'))('stops for a client that leaves', async () => {
        const form = new FormData();
        form.append('file', new Blob([repeated(await bytesOf(new Response(await speak('wav'))))]), 'a.wav');
        const made = new Response(form);
        const headers = { 'content-type': made.headers.get('content-type') ?? '', 'x-request-id': 'leaver' };
        const body = await bytesOf(made);
        const call = request(`${server.url}/v1/audio/transcriptions`, {
          method: 'POST',
          headers,
          agent: false,
        });
        call.on('error', () => {}); // it is its own doing
        await new Promise<void>((resolve) => void call.end(body, resolve));
        await new Promise((resolve) => setTimeout(resolve, 300)); // into the middle of it, as a rule
        call.destroy();
        await expect
          .poll(() => server.logs.find((line) => line.id === 'leaver'), { timeout: 30_000 })
          .toMatchObject({ status: 499, error: 'client_gone' });
        const heard = await client().audio.transcriptions.create({ file: await speak('wav'), model });
        expectWords(heard.text);
      });
    },
  );
}

/** A WAV of minutes: nobody has heard all of it when its client leaves, however late that is noticed. */
function repeated(wav: Uint8Array): Uint8Array<ArrayBuffer> {
  const pcm = wav.subarray(WAV_HEADER_BYTES);
  const [rate, times] = [uint32(wav, 24), 40];
  return Buffer.concat([
    wavHeader({ rate, channels: 1, dataBytes: pcm.length * times }),
    ...Array<Uint8Array>(times).fill(pcm),
  ]);
}
