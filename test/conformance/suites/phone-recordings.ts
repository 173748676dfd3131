import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, installedPack } from '../../../src/adapters/local/packs.ts';
import { defaultVoicePack, packs } from '../../../src/engine/onnx/packs/manifest.ts';
import { hasFfmpeg } from '../../audio/ffmpeg.ts';
import { countEdits } from '../../roundtrip/error-rate.ts';
import { spokenWords } from '../../roundtrip/words.ts';
import { hasRuntime, type RunningServer, type Runtime, startServer } from '../server.ts';
import { type FishError, lacks } from './context.ts';

const needed = packs.filter(({ id }) => id === 'moonshine-tiny' || id === defaultVoicePack);
const installed = await Promise.all(needed.map((pack) => installedPack(dataFolder(), pack)));
const isInstalled = installed.every((pack) => pack !== undefined);

const model = 'whisper-1';
const input = 'The kitchen smelled of fresh bread and strong coffee. Nobody answered the door.';
/** Of 13 words: the voice draws noise of its own. */
const mostEdits = 1;

const recordings: readonly (readonly [what: string, name: string, args: readonly string[]])[] = [
  ['AAC in M4A', 'a.m4a', ['-c:a', 'aac', '-ar', '44100']],
  ['AAC in fragmented MP4', 'b.mp4', ['-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov']],
  ['AAC in ADTS, stereo', 'c.aac', ['-c:a', 'aac', '-ac', '2', '-ar', '48000']],
  ['Vorbis in Ogg', 'd.ogg', ['-c:a', 'libvorbis']],
  ['Vorbis in WebM', 'e.webm', ['-c:a', 'libvorbis']],
  ['AIFF', 'f.aiff', ['-c:a', 'pcm_s16be']],
  ['AIFC of little-endian samples', 'g.aifc', ['-f', 'aiff', '-c:a', 'pcm_s16le']],
];

/** What ffmpeg makes of speech of the embedded voice is heard by the embedded recogniser. */
export function phoneRecordings(runtime: Runtime): void {
  describe.skipIf(!hasRuntime(runtime) || !isInstalled || !hasFfmpeg)(
    `${runtime} with recordings of phones (skipped without ffmpeg or the recogniser)`,
    { timeout: 60_000 },
    () => {
      let server: RunningServer;
      let wav: Uint8Array;
      const folder = mkdtempSync(join(tmpdir(), 'fish-edge-recordings-'));
      const env = { FISH_ENGINE: 'onnx', FISH_VOICE: defaultVoicePack };
      const client = (): OpenAI => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'any', maxRetries: 0 });
      beforeAll(async () => {
        server = await startServer(runtime, { env });
        const asked = { model: 'tts-1', voice: 'alloy', input, response_format: 'wav' } as const;
        wav = new Uint8Array(await (await client().audio.speech.create(asked)).arrayBuffer());
      });
      afterAll(async () => {
        await server?.stop();
        rmSync(folder, { recursive: true, force: true });
      });

      function encode(name: string, args: readonly string[]): Uint8Array<ArrayBuffer> {
        const target = join(folder, name);
        execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', 'pipe:0', ...args, target], { input: wav });
        return new Uint8Array(readFileSync(target));
      }
      const transcribe = async (bytes: Uint8Array<ArrayBuffer>, name: string): Promise<string> => {
        const file = await toFile(bytes, name);
        return (await client().audio.transcriptions.create({ file, model })).text;
      };
      const ofFfmpeg = (): number =>
        execFileSync('ps', ['-A', '-o', 'ppid=,comm='], { encoding: 'utf8' })
          .split('\n')
          .filter((line) => line.trim() === `${server.pid} ffmpeg`).length;

      it.each(recordings)('understands %s', async (_, name, args) => {
        const text = await transcribe(encode(name, args), name);
        expect(countEdits(spokenWords(input), spokenWords(text)), text).toBeLessThanOrEqual(mostEdits);
      });

      it('understands them on /v1/asr', async () => {
        const form = new FormData();
        form.append('audio', new Blob([encode('asr.m4a', ['-c:a', 'aac'])]), 'asr.m4a');
        const response = await fetch(`${server.url}/v1/asr`, { method: 'POST', body: form });
        const { text } = (await response.json()) as { text: string };
        expect(countEdits(spokenWords(input), spokenWords(text)), text).toBeLessThanOrEqual(mostEdits);
      });

      it('refuses an M4A that lies, at once, and nothing is left of it', async () => {
        const honest = Buffer.from(encode('lies.m4a', ['-c:a', 'aac']));
        for (const [box, at, value] of [
          ['stts', 12, 0xffff_ffff],
          ['stts', 16, 0x7fff_ffff],
          ['stsz', 12, 0xffff_ffff],
          ['stsc', 16, 0xffff_ffff],
          ['stco', 12, 0xffff_fff0],
        ] as const) {
          const lying = Buffer.from(honest);
          lying.writeUInt32BE(value, lying.indexOf(box) + at - 4);
          const refused = await transcribe(new Uint8Array(lying), 'lies.m4a').catch(
            (error: unknown) => error,
          );
          expect(refused, `${box} ${at}`).toMatchObject({ status: 400, param: 'file' });
        }
        for (const bytes of [honest.subarray(0, honest.length / 2), honest.subarray(0, 64)]) {
          const cut = await transcribe(new Uint8Array(bytes), 'cut.m4a').catch((error: unknown) => error);
          expect(cut).toMatchObject({ status: 400, param: 'file' });
        }
        await expect.poll(ofFfmpeg, { timeout: 20_000 }).toBe(0);
        expect(await transcribe(encode('after.m4a', ['-c:a', 'aac']), 'after.m4a')).toMatch(/kitchen/i);
      });

      it.skipIf(lacks(runtime, 'leave-early-after-upload'))(
        'ends ffmpeg for a client that leaves',
        async () => {
          const loop = ['-af', 'aloop=loop=-1:size=2e6', '-t', '120', '-c:a', 'aac', '-ar', '8000'];
          const form = new FormData();
          form.append('file', new Blob([encode('long.m4a', loop)]), 'long.m4a');
          const abort = new AbortController();
          const sent = fetch(`${server.url}/v1/audio/transcriptions`, {
            method: 'POST',
            body: form,
            signal: abort.signal,
          }).catch(() => 'left');
          await expect.poll(ofFfmpeg, { timeout: 20_000 }).toBe(1);
          abort.abort();
          expect(await sent).toBe('left');
          await expect.poll(ofFfmpeg, { timeout: 20_000 }).toBe(0);
        },
      );

      it('hears nothing in silence', async () => {
        const silent = encode('silent.m4a', ['-af', 'volume=0', '-c:a', 'aac']);
        const form = new FormData();
        form.append('file', new Blob([silent]), 'silent.m4a');
        const heard = await fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
        expect([heard.status, ((await heard.json()) as { text: string }).text]).toEqual([200, '']);
      });

      it('runs no program where the setting says so', async () => {
        const strict = await startServer(runtime, { env: { ...env, FISH_TRANSCRIPTION_FFMPEG: 'off' } });
        try {
          const form = new FormData();
          form.append('audio', new Blob([encode('off.m4a', ['-c:a', 'aac'])]), 'off.m4a');
          const response = await fetch(`${strict.url}/v1/asr`, { method: 'POST', body: form });
          expect(response.status).toBe(400);
          expect(((await response.json()) as FishError).detail).toContain('WAV, MP3, FLAC');
        } finally {
          await strict.stop();
        }
      });
    },
  );
}
