import { runCommand } from '../command.ts';
import { overhead } from '../overhead.ts';
import { atRest } from './at-rest.ts';
import { beside } from './beside.ts';
import { health } from './health.ts';
import { manyStreams } from './many-streams.ts';
import { openStreams } from './open-streams.ts';
import { passThrough } from './pass-through.ts';

await runCommand({
  section: 'runtimes',
  title: 'The runtimes side by side',
  intro: 'All of it is on loopback.',
  about: `The server on Node, Bun, Deno and workerd, side by side in front of an origin: medians of fresh processes in
alternating order, on loopback. Linux alone, for /proc.`,
  quick: 'fewer rounds',
  benches: {
    'pass-through': passThrough,
    'many-streams': manyStreams,
    'open-streams': openStreams,
    health,
    'at-rest': atRest,
    overhead,
    beside,
  },
  runtimes: ['node', 'bun', 'deno', 'workers'],
  packages: [],
});
