import { runCommand } from '../command.ts';
import { soak } from './soak.ts';
import { streams } from './streams.ts';
import { users } from './users.ts';

// What it has started ends with it (`exit` in processes.ts), also when it is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

await runCommand({
  section: 'load',
  script: 'load',
  title: 'Load',
  intro: 'All of it is on loopback, in front of a fake Fish-Speech server in a process of its own.',
  about: `Users with requests of every kind, as many slow streams as the file limit lets, and a soak: how long answers take,
what fails, and what the server holds meanwhile, as tables and pictures (docs/load-*.svg). Linux alone, for /proc. Bounded:
at most 100 users, 10,000 streams and an hour, and nothing but the servers that it starts is asked.`,
  quick: 'a few seconds, 10 users and 400 streams',
  soak: { full: 300, quick: 15 },
  benches: { users, streams, soak },
  runtimes: ['bun', 'node'],
  packages: [],
});
