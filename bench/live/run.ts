import { runCommand } from '../command.ts';
import { crowd } from './crowd.ts';
import { turns } from './turns.ts';

await runCommand({
  section: 'live',
  title: 'Conversations',
  intro: 'Over `/ws`: from the end of what somebody says to the first sound of the answer.',
  about: 'End of speech to first audio and its parts, interruptions, and twenty conversations at once.',
  quick: 'three turns, five conversations',
  benches: { turns, crowd },
  runtimes: ['node'],
  packages: ['onnxruntime-web'],
});
