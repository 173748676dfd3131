import { runCommand } from '../command.ts';
import { size } from './size.ts';
import { time } from './time.ts';

await runCommand({
  section: 'start',
  title: 'The start of the package',
  intro: 'The npm package, packed and installed in an empty folder.',
  about:
    'The npm package as its users get it: how long its server starts on Node, and how large it is.\n' +
    'BENCH_BESIDE=fish-edge-0.1.0.tgz measures an older tarball in the same rounds.',
  quick: 'three starts of each',
  benches: { time, size },
  runtimes: ['node'],
  packages: [],
});
