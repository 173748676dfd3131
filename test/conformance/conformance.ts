import { afterAll, beforeAll, describe } from 'vitest';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { hasRuntime, type RunningServer, type Runtime, startServer } from './server.ts';
import { addAdmin } from './suites/admin.ts';
import { addAdminKeys } from './suites/admin-keys.ts';
import { addAdminModels } from './suites/admin-models.ts';
import { addAuth } from './suites/auth.ts';
import { addBursts } from './suites/bursts.ts';
import { addCaptions } from './suites/captions.ts';
import { addCharacters } from './suites/characters.ts';
import { addChat } from './suites/chat.ts';
import { addChatEarly } from './suites/chat-early.ts';
import { addChatMicrophone } from './suites/chat-microphone.ts';
import { addChatRecords } from './suites/chat-records.ts';
import { addChatTroubles } from './suites/chat-troubles.ts';
import { addClients } from './suites/clients.ts';
import type { Context } from './suites/context.ts';
import { addCustomVoices } from './suites/custom-voices.ts';
import { addCustomVoicesRefusals } from './suites/custom-voices-refusals.ts';
import { addDiscovery } from './suites/discovery.ts';
import { addElevenLabs } from './suites/elevenlabs.ts';
import { addElevenLabsSocket } from './suites/elevenlabs-socket.ts';
import { addFishClient } from './suites/fish-client.ts';
import { addFishCloud } from './suites/fish-cloud.ts';
import { addFishLive } from './suites/fish-live.ts';
import { addFishLiveAgain } from './suites/fish-live-again.ts';
import { addFishLiveEnds } from './suites/fish-live-ends.ts';
import { addFishReferences } from './suites/fish-references.ts';
import { addFishReferencesRefusals } from './suites/fish-references-refusals.ts';
import { addFishRefusals } from './suites/fish-refusals.ts';
import { addFishTts } from './suites/fish-tts.ts';
import { addFishVqgan } from './suites/fish-vqgan.ts';
import { addGolden } from './suites/golden.ts';
import { addHandshakes } from './suites/handshakes.ts';
import { addHealth } from './suites/health.ts';
import { addKeptAudio } from './suites/kept-audio.ts';
import { addKeptWav } from './suites/kept-wav.ts';
import { addLimits } from './suites/limits.ts';
import { addLoad } from './suites/load.ts';
import { addLogLines } from './suites/log-lines.ts';
import { addLongWork } from './suites/long-work.ts';
import { addMetrics } from './suites/metrics.ts';
import { addOpenaiClient } from './suites/openai-client.ts';
import { addOpenaiSpeech } from './suites/openai-speech.ts';
import { addOpenaiUpstream } from './suites/openai-upstream.ts';
import { addOpenapi } from './suites/openapi.ts';
import { addOwnWords } from './suites/own-words.ts';
import { addPlay } from './suites/play.ts';
import { addProcess } from './suites/process.ts';
import { addPronunciations } from './suites/pronunciations.ts';
import { addQueryApi } from './suites/query-api.ts';
import { addRealtime } from './suites/realtime.ts';
import { addRealtimeListening } from './suites/realtime-listening.ts';
import { addReceiving } from './suites/receiving.ts';
import { addRegisteredVoices } from './suites/registered-voices.ts';
import { addShares } from './suites/shares.ts';
import { addSignedLinks } from './suites/signed-links.ts';
import { addSlowReaders } from './suites/slow-readers.ts';
import { addSocketMessages } from './suites/socket-messages.ts';
import { addStreams } from './suites/streams.ts';
import { addStrictErrors } from './suites/strict-errors.ts';
import { addSurface } from './suites/surface.ts';
import { addTranscriptions } from './suites/transcriptions.ts';
import { addVoiceNames } from './suites/voice-names.ts';
import { addVoiceSamples } from './suites/voice-samples.ts';

import { addWebPages } from './suites/web-pages.ts';

/** Black box over HTTP: the same suite on every runtime, against the real server in a process of its own. */
export function conformance(runtime: Runtime): void {
  describe.skipIf(!hasRuntime(runtime))(`${runtime} in front of a Fish origin`, () => {
    let origin: FakeOrigin;
    let server: RunningServer;
    beforeAll(async () => {
      origin = await startFakeOrigin({ references: ['anna'] });
      server = await startServer(runtime, {
        env: {
          FISH_BACKEND: origin.url,
          FISH_MAX_TEXT_LENGTH: '2000',
          FISH_MAX_BODY: '1MiB',
          FISH_MAX_REFERENCE_BYTES: '64KiB',
          // Each request is to be seen at the origin, and as the origin treats it: test/faults has the rest.
          FISH_CACHE: 'off',
          FISH_RETRIES: '0',
          FISH_BREAKER_FAILURES: '1000',
          FISH_FALLBACK: 'false',
        },
      });
    });
    afterAll(async () => {
      await server?.stop();
      await origin?.close();
    });
    const context: Context = { runtime, server: () => server, origin: () => origin };
    addFishTts(context);
    addFishRefusals(context);
    addFishClient(context);
    addFishCloud(context);
    addFishLive(context);
    addFishLiveAgain(context);
    addFishLiveEnds(context);
    addHandshakes(context);
    addAdmin(context);
    addAdminKeys(context);
    addAdminModels(context);
    addCharacters(context);
    addChat(context);
    addChatTroubles(context);
    addChatRecords(context);
    addChatMicrophone(context);
    addChatEarly(context);
    addFishReferences(context);
    addFishReferencesRefusals(context);
    addVoiceNames(context);
    addVoiceSamples(context);
    addCustomVoices(context);
    addCustomVoicesRefusals(context);
    addRegisteredVoices(context);
    addFishVqgan(context);
    addStrictErrors(context);
    addOpenaiSpeech(context);
    addOpenaiClient(context);
    addOpenaiUpstream(context);
    addElevenLabs(context);
    addElevenLabsSocket(context);
    addRealtime(context);
    addRealtimeListening(context);
    addCaptions(context);
    addDiscovery(context);
    addClients(context);
    addSurface(context);
    addTranscriptions(context);
    addStreams(context);
    addGolden(context);
    addPronunciations(context);
    addOwnWords(context);
    addQueryApi(context);
    addPlay(context);
    addSignedLinks(context);
    addKeptAudio(context);
    addKeptWav(context);
    addLimits(context);
    addShares(context);
    addAuth(context);
    addReceiving(context);
    addSocketMessages(context);
    addWebPages(context);
    addLoad(context);
    addLongWork(context);
    addBursts(context);
    addSlowReaders(context);
    addHealth(context);
    addMetrics(context);
    addLogLines(context);
    addOpenapi(context);
    addProcess(context);
  });
}
