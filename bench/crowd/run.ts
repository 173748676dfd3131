import { runCommand } from '../command.ts';
import { embedded } from './embedded.ts';
import { origin } from './origin.ts';

await runCommand({
  section: 'crowd',
  title: 'Clients that come at once',
  intro:
    'All clients ask in the same moment, each for a text of its own, and play what they get from its first byte on.',
  about: 'First audio, gaps and refusals of 1 to 200 clients that ask in the same moment.',
  quick: 'up to 20 clients',
  benches: { embedded, origin },
  runtimes: ['node'],
  packages: ['onnxruntime-web'],
});
