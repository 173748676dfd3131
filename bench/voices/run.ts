import { runCommand } from '../command.ts';
import { joins } from './joins.ts';
import { voices } from './voices.ts';

await runCommand({
  section: 'voices',
  title: 'The voices',
  intro:
    'Fresh processes in alternating order, medians. Processor time says more than time where the machine is shared.',
  about:
    'Clarity and speed of every installed voice, and how it sounds, by numbers: at most ten minutes on two cores.',
  quick: 'one round, few sentences',
  benches: { voices, joins },
  runtimes: ['node'],
  writesRest: true,
  packages: ['onnxruntime-web'],
});
