import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Figure } from '../bench.ts';
import { runtimeName } from '../machine.ts';
import { textsOf } from '../texts.ts';
import { type Heard, listen } from './listener.ts';
import { type OriginJob, secondsPerWord, withGateway, withOrigins } from './paced-origins.ts';

const clients = 100;
const words = 33;
/** One for each scene: what many share is kept for a few seconds. */
const texts: readonly string[] = textsOf(60).map((text) => text.split(' ').slice(0, words).join(' '));
/** Its first segment takes 0.6 s: time enough for a hundred clients to come and to go. */
const factor = 0.4;
const leaveAfterMs = 300;

type Scene = 'all stay' | 'all but one leave' | 'all leave';
const scenes: readonly Scene[] = ['all stay', 'all but one leave', 'all leave'];

interface Outcome {
  readonly heard: readonly Heard[];
  readonly jobs: readonly OriginJob[];
}

export const identical: Bench = {
  title: 'one hundred identical requests',
  about:
    `${clients} clients ask for the same ${words} words at once, without a seed and with nothing kept: how often the origin ` +
    'speaks each segment, and how many hear all of it. Those who leave do so while the first segment is made.',
  async run(setup) {
    const figures: Figure[] = [];
    for (const runtime of setup.runtimes) {
      await withOrigins({ secondsPerWord, factors: [factor] }, (origins) =>
        withGateway(runtime, origins.urls, {}, async ({ url }) => {
          for (const scene of scenes) {
            setup.say(`identical: ${runtime}, ${scene}`);
            const heard = await Promise.all(
              Array.from({ length: clients }, (_, client) => ask(url, scene, client)),
            );
            await sleep(leaveAfterMs); // what would go on had time to
            const jobs = await origins.settle();
            figures.push(...figuresOf(runtimeName(runtime), scene, { heard, jobs }));
          }
        }),
      );
    }
    return [
      {
        title: 'Synthesis of identical requests',
        headings: ['runtime', 'clients', 'figure'],
        figures,
        notes: [
          'Where all leave, the segment that had begun is all that an origin makes: it cannot be stopped.',
        ],
      },
    ];
  },
};

function ask(url: string, scene: Scene, client: number): Promise<Heard> {
  const leaves = scene === 'all leave' || (scene === 'all but one leave' && client > 0);
  const text = texts[scenes.indexOf(scene)] ?? '';
  return listen(url, { text }, leaves ? { leaveAfterMs } : {});
}

function figuresOf(runtime: string, scene: Scene, { heard, jobs }: Outcome): Figure[] {
  const times = new Map<string, number>();
  for (const job of jobs) times.set(job.text, (times.get(job.text) ?? 0) + 1);
  const longest = Math.max(...heard.map(({ audioSeconds }) => audioSeconds));
  const whole = heard.filter(
    ({ end, audioSeconds }) => end === 'finished' && audioSeconds === longest,
  ).length;
  const stayed = { 'all stay': clients, 'all but one leave': 1, 'all leave': 0 }[scene];
  const figure = (what: string, sample: number, goal?: Figure['goal']): Figure => ({
    cells: [runtime, scene, what],
    unit: '',
    samples: [sample],
    goal,
  });
  return [
    figure('segments that were spoken', times.size, scene === 'all leave' ? { atMost: 1 } : undefined),
    figure('most often', Math.max(0, ...times.values()), { atMost: 1 }),
    figure('clients that heard all', longest > 0 ? whole : 0, { atLeast: stayed }),
  ];
}
