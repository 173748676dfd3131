import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeModel } from '../../fake-model.ts';
import { type FakeTranscriber, startFakeTranscriber } from '../../fake-transcriber.ts';
import type { RunningServer } from '../server.ts';
import { startChatServer } from './chat-client.ts';
import type { Context } from './context.ts';

interface ListeningServer {
  readonly server: RunningServer;
  readonly model: FakeModel;
  readonly transcriber: FakeTranscriber;
  close(): Promise<void>;
}

/**
 * A server of `/ws` that listens. It has no voice packs, so that turns are found by loudness everywhere; what was said is what `write` says.
 * @param silence that ends a turn
 */
export async function startListeningServer(
  context: Context,
  silence: string,
  write: Parameters<typeof startFakeTranscriber>[0],
): Promise<ListeningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'fish-edge-listening-'));
  const transcriber = await startFakeTranscriber(write);
  const { server, model } = await startChatServer(context, {
    FISH_DATA_DIR: folder,
    FISH_TRANSCRIPTION_URL: transcriber.url,
    FISH_LISTENING_SILENCE: silence,
  });
  return {
    server,
    model,
    transcriber,
    async close() {
      await server.stop();
      await Promise.all([model.close(), transcriber.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
