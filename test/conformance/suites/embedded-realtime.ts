import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, installedPack } from '../../../src/adapters/local/packs.ts';
import { defaultVoicePack, packs } from '../../../src/engine/onnx/packs/manifest.ts';
import { type FakeModel, startFakeModel } from '../../fake-model.ts';
import { countEdits } from '../../roundtrip/error-rate.ts';
import { spokenWords } from '../../roundtrip/words.ts';
import { hasRuntime, type RunningServer, type Runtime, startServer } from '../server.ts';
import { bytesOf, loadEmbedded, loadingMs, post } from './context.ts';
import { RealtimeClient } from './realtime-client.ts';

const needed = packs.filter(({ id }) => id === 'moonshine-tiny' || id === defaultVoicePack);
const installed = await Promise.all(needed.map((pack) => installedPack(dataFolder(), pack)));
const isInstalled = installed.every((pack) => pack !== undefined);

/** A busy machine hears slower than people speak. */
const talkingMs = 480_000;
const hearingMs = 200_000;
const RATE = 24_000;
const question = 'Should I take an umbrella to the station?';
const answer = 'Yes, that is a good idea.';
/** Of the question: the voice draws noise of its own. */
const mostEdits = 2;
/** Of silence, that ends a turn here: the test says when it goes on. */
const SILENCE_MS = 5000;
const PIECE_MS = 100;
/** So long it is looked whether a piece was enough: none is heard while the recogniser is busy. */
const LOOK_MS = 2500;

/** Somebody asks over OpenAI's protocol, and the recogniser of this machine listens. */
export function embeddedRealtime(runtime: Runtime): void {
  describe.skipIf(!hasRuntime(runtime) || !isInstalled)(
    `${runtime} over the Realtime protocol by the embedded recogniser (skipped when it is not installed)`,
    () => {
      let server: RunningServer;
      let model: FakeModel;
      beforeAll(async () => {
        model = await startFakeModel({ reply: () => answer });
        const env = {
          FISH_ENGINE: 'onnx',
          FISH_VOICE: defaultVoicePack,
          FISH_LISTENING_SILENCE: `${SILENCE_MS}ms`,
          FISH_LISTENING_TIMEOUT: `${hearingMs}ms`,
          LLM_BASE_URL: model.url,
        };
        server = await startServer(runtime, { env });
        await loadEmbedded(server.url);
      }, loadingMs);
      afterAll(async () => {
        await server?.stop();
        await model?.close();
      });

      const isHeard = (call: FakeModel['calls'][number] | undefined): boolean => {
        const said = String(call?.body.messages.at(-1)?.content);
        return countEdits(spokenWords(question), spokenWords(said)) <= mostEdits;
      };

      it('begins the answer in the silence, and sends it when the turn is over', {
        timeout: talkingMs,
      }, async () => {
        const asked = { input: question, response_format: 'pcm', sample_rate: RATE };
        const spoken = Buffer.from(await bytesOf(await post(`${server.url}/v1/audio/speech`, asked)));
        const client = await RealtimeClient.open(server.url, 'none');
        const hear = (pcm: Buffer): void =>
          client.send({ type: 'input_audio_buffer.append', audio: pcm.toString('base64') });
        const quiet = (ms: number): Buffer => Buffer.alloc((RATE / 1000) * ms * 2);
        hear(quiet(500));
        hear(spoken);
        hear(quiet(3 * PIECE_MS));
        for (let left = SILENCE_MS / PIECE_MS - 10; left > 0 && !isHeard(model.calls.at(-1)); left--) {
          for (let ms = 0; ms < LOOK_MS && !isHeard(model.calls.at(-1)); ms += 10) await sleep(10);
          hear(quiet(PIECE_MS));
        }
        expect(isHeard(model.calls.at(-1))).toBe(true);
        const calls = model.calls.length;
        expect(client.types()).not.toContain('input_audio_buffer.speech_stopped');
        expect(client.types()).not.toContain('response.created');

        hear(quiet(SILENCE_MS));
        expect((await client.done()).status).toBe('completed');
        const types = client.types();
        expect(types.indexOf('input_audio_buffer.speech_stopped')).toBeLessThan(
          types.indexOf('response.created'),
        );
        expect(types.filter((type) => type === 'response.created')).toHaveLength(1);
        expect(client.joined('response.output_audio_transcript.delta').trim()).toBe(answer);
        expect(client.audio().length).toBeGreaterThan(RATE);
        expect(model.calls).toHaveLength(calls);
        await client.leave();
      });
    },
  );
}
