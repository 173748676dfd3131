import { afterAll, beforeAll, describe } from 'vitest';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { hasRuntime, type RunningServer, type Runtime, startServer } from './server.ts';
import { addAuth } from './suites/auth.ts';
import type { Context } from './suites/context.ts';
import { addFishRefusals } from './suites/fish-refusals.ts';
import { addFishTts } from './suites/fish-tts.ts';
import { addGolden } from './suites/golden.ts';
import { addLoad } from './suites/load.ts';
import { addOpenaiSpeech } from './suites/openai-speech.ts';
import { addProcess } from './suites/process.ts';
import { addStreams } from './suites/streams.ts';
import { addSurface } from './suites/surface.ts';

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
          FISH_BACKEND_TIMEOUT: '4s',
          FISH_BACKEND_IDLE_TIMEOUT: '1s',
          FISH_MAX_TEXT_LENGTH: '2000',
          FISH_MAX_BODY: '1MiB',
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
    addOpenaiSpeech(context);
    addSurface(context);
    addStreams(context);
    addGolden(context);
    addAuth(context);
    addLoad(context);
    addProcess(context);
  });
}
