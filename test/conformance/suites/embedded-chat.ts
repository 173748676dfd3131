import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, installedPack } from '../../../src/adapters/local/packs.ts';
import { defaultVoicePack, packs } from '../../../src/engine/onnx/packs/manifest.ts';
import { type FakeModel, startFakeModel } from '../../fake-model.ts';
import { countEdits } from '../../roundtrip/error-rate.ts';
import { spokenWords } from '../../roundtrip/words.ts';
import { hasRuntime, type RunningServer, type Runtime, startServer } from '../server.ts';
import { ChatClient } from './chat-client.ts';
import { bytesOf, loadEmbedded, loadingMs, post } from './context.ts';

const listener = 'moonshine-tiny';
const needed = packs.filter(({ id }) => id === listener || id === defaultVoicePack);
const installed = await Promise.all(needed.map((pack) => installedPack(dataFolder(), pack)));
const isInstalled = installed.every((pack) => pack !== undefined);

/** A busy machine speaks and hears slower than people do. */
const talkingMs = 480_000;
const hearingMs = 200_000;

const RATE = 16_000;
const PIECE_BYTES = (RATE * 2) / 50;
const question = 'What is the weather like in the mountains today?';
const answer = 'The weather is fine in the mountains today, and it stays so until the weekend. '.repeat(12);
const objection = 'Stop talking now, please, I have heard enough.';
/** Of a sentence: the voice draws noise of its own. */
const mostEdits = 2;

/** A conversation on this machine alone: the embedded voice speaks into the microphone, and answers. */
export function embeddedChat(runtime: Runtime): void {
  describe.skipIf(!hasRuntime(runtime) || !isInstalled)(
    `${runtime} in a conversation by the embedded voice (skipped when it is not installed)`,
    () => {
      let server: RunningServer;
      let model: FakeModel;
      beforeAll(async () => {
        model = await startFakeModel({
          script: { firstTokenMs: 100, tokensPerSecond: 30 },
          reply: (messages) => (messages.length > 2 ? 'All right, I say no more.' : answer),
        });
        server = await startServer(runtime, {
          env: {
            FISH_ENGINE: 'onnx',
            FISH_VOICE: defaultVoicePack,
            LLM_BASE_URL: model.url,
            FISH_LISTENING_TIMEOUT: `${hearingMs}ms`,
          },
        });
        await loadEmbedded(server.url);
      }, loadingMs);
      afterAll(async () => {
        await server?.stop();
        await model?.close();
      });

      const record = async (input: string): Promise<Uint8Array> => {
        const asked = { input, response_format: 'pcm', sample_rate: RATE };
        return bytesOf(await post(`${server.url}/v1/audio/speech`, asked));
      };
      const speak = async (client: ChatClient, pcm: Uint8Array): Promise<void> => {
        const began = performance.now();
        for (let at = 0; at < pcm.length; at += PIECE_BYTES) {
          client.socket.send(pcm.slice(at, at + PIECE_BYTES));
          await sleep(Math.max(0, began + (at / PIECE_BYTES) * 20 - performance.now()));
        }
      };
      const quiet = new Uint8Array(RATE * 2);

      it('hears a question, answers it, and is interrupted by talking', {
        timeout: talkingMs,
      }, async () => {
        const [asked, objected] = [await record(question), await record(objection)];
        const client = await ChatClient.open(server.url, '/ws');
        client.send('start_listening', { sample_rate: RATE });
        await speak(client, asked);
        await speak(client, quiet);
        const { text: heard } = await client.until('stt_final', 1, hearingMs);
        expect(
          countEdits(spokenWords(question), spokenWords(String(heard))),
          String(heard),
        ).toBeLessThanOrEqual(mostEdits);
        await client.until('text_stream_start');
        expect(client.order('stt_finished', 'stt_final', 'text_stream_start')).toEqual([
          'stt_finished',
          'stt_final',
          'text_stream_start',
        ]);
        await client.until('audio_chunk_meta');
        await speak(client, objected);
        await speak(client, quiet);
        const { text: said } = await client.until('interrupted', 1, hearingMs);
        expect(answer.startsWith(String(said))).toBe(true);
        expect(String(said).length).toBeLessThan(answer.trim().length);
        const { text: second } = await client.until('stt_final', 2, hearingMs);
        expect(
          countEdits(spokenWords(objection), spokenWords(String(second))),
          String(second),
        ).toBeLessThanOrEqual(mostEdits);
        await client.until('audio_complete', 2);
        expect(model.calls.at(-1)?.body.messages.slice(1)).toEqual([
          { role: 'user', content: heard },
          ...(said === '' ? [] : [{ role: 'assistant', content: `<Assistant>${said}</Assistant>` }]),
          { role: 'user', content: second },
        ]);
        await client.leave();
      });
    },
  );
}
