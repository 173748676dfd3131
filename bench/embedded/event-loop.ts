import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../../test/conformance/server.ts';
import { alternateRuntimes } from '../alternate.ts';
import { type Bench, defaultPack } from '../bench.ts';
import { figuresOf } from '../figures.ts';
import { ask } from '../speech-client.ts';
import { paragraph, warmUp } from '../texts.ts';
import { startProbed } from './probed-server.ts';

const goalMs = 20;
const rounds = { full: 3, quick: 1 } as const;
const idleMs = 1000;

const states = ['idle', 'wav', 'mp3'] as const;
type State = (typeof states)[number];
type Sample = Readonly<Record<State, number>>;

const titles: Readonly<Record<State, string>> = {
  idle: 'idle',
  wav: 'speaking wav',
  mp3: 'speaking mp3',
};

export const eventLoop: Bench = {
  title: 'event-loop',
  about:
    'The 99th percentile of the event-loop delay in the server process, looked at every millisecond, while it speaks a ' +
    'paragraph of 60 words and while it does nothing. Nothing is subtracted: on Node the delay includes the millisecond ' +
    'between two looks, on Bun it does not.',
  async run(setup) {
    const pack = defaultPack(setup);
    const samples = await alternateRuntimes(setup, 'event-loop', rounds, (runtime) =>
      measure(runtime, setup.dataDir, pack.id),
    );
    const figures = [...samples].flatMap(([runtime, taken]) => {
      const figure = figuresOf([runtime], taken);
      return states.map((state) =>
        figure(
          titles[state],
          'ms',
          (sample) => sample[state],
          state === 'idle' ? undefined : { below: goalMs },
        ),
      );
    });
    return [{ title: 'Event-loop delay, 99th percentile', headings: ['runtime', 'server'], figures }];
  },
};

async function measure(runtime: Runtime, dataDir: string, voice: string): Promise<Sample> {
  const env = { FISH_DATA_DIR: dataDir, FISH_VOICE: voice, FISH_CACHE: 'off' }; // a text is spoken twice
  const server = await startProbed(runtime, env);
  const speaking = async (format: 'wav' | 'mp3'): Promise<number> => {
    const options = { path: '/v1/audio/speech' }; // Fish-Speech's route streams no mp3
    await ask(server.url, { input: warmUp, response_format: format }, options);
    await server.look();
    await ask(server.url, { input: paragraph, response_format: format }, options);
    return (await server.look()).p99_ms;
  };
  try {
    const wav = await speaking('wav');
    const mp3 = await speaking('mp3');
    await sleep(idleMs);
    await server.look();
    await sleep(idleMs);
    const idle = (await server.look()).p99_ms;
    return { idle, wav, mp3 };
  } finally {
    await server.stop();
  }
}
