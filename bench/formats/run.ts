import { runCommand } from '../command.ts';
import { encodeSpeed, firstByte, memoryOfStreams } from './benches.ts';

await runCommand({
  section: 'formats',
  title: 'The encoders against ffmpeg',
  intro: 'Both ways encode the same speech.',
  about: `The encoders against ffmpeg's command line on the same speech, in pairs: medians of fresh processes in alternating
order. Needs ffmpeg and a voice.`,
  quick: 'one round of a short text',
  benches: { 'encode-speed': encodeSpeed, 'first-byte': firstByte, memory: memoryOfStreams },
  runtimes: ['node', 'bun'],
  packages: ['wasm-media-encoders', '@evan/opus', '@mediabunny/aac-encoder'],
});
