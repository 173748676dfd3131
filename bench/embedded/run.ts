import { runCommand } from '../command.ts';
import { overhead } from '../overhead.ts';
import { eventLoop } from './event-loop.ts';
import { firstAudio } from './first-audio.ts';
import { memory } from './memory.ts';
import { rtf } from './rtf.ts';
import { startUp } from './start-up.ts';

await runCommand({
  title: 'Performance',
  intro: `They are medians of fresh processes that ran in alternating order. Other machines give other figures; ratios travel
better than milliseconds.`,
  about: 'The server with its embedded voice: medians of fresh processes in alternating order.',
  quick: 'fewer rounds, the default voice alone',
  benches: { 'start-up': startUp, overhead, 'first-audio': firstAudio, 'event-loop': eventLoop, memory, rtf },
  runtimes: ['node', 'bun'],
  packages: ['onnxruntime-web'],
});
