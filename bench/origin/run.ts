import { runCommand } from '../command.ts';
import { cached } from './cached.ts';
import { crowds } from './crowds.ts';
import { firstAudio } from './first-audio.ts';
import { identical } from './identical.ts';
import { policies } from './policies.ts';
import { underruns } from './underruns.ts';

await runCommand({
  section: 'origin',
  title: 'In front of Fish-Speech origins',
  intro: 'All of it is on loopback, with origins that take the time that a GPU would.',
  about: 'The server in front of fake Fish-Speech origins that take real time.',
  quick: 'fewer requests of faster origins',
  benches: { 'first-audio': firstAudio, underruns, crowds, policies, cached, identical },
  runtimes: ['node', 'bun', 'deno', 'workers'],
  packages: [],
});
