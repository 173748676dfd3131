import { startServer } from '../../test/conformance/server.ts';
import { type Bench, defaultPack } from '../bench.ts';
import { ask } from '../speech-client.ts';
import { textsOf } from '../texts.ts';
import { atOnce } from './at-once.ts';

/** Spoken before anybody is timed: the server then knows its pace. */
const warmUps: readonly string[] = textsOf(10);

export const embedded: Bench = atOnce({
  title: 'embedded voice',
  about: 'With the embedded voice and the settings that a server starts with; nothing is cached.',
  async withServer(setup, work) {
    const env = { FISH_DATA_DIR: setup.dataDir, FISH_VOICE: defaultPack(setup).id, FISH_CACHE: 'off' };
    const server = await startServer('node', { env });
    try {
      for (const text of warmUps) await ask(server.url, { text, streaming: true, format: 'wav' });
      return await work(server.url);
    } finally {
      await server.stop();
    }
  },
});
