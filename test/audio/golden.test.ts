import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { hashCodecs } from './golden.ts';

/**
 * A change here means that a pinned package, its exports or a codec's settings have changed: listen to what it makes
 * now, check `LAME`, `SPEEX` and `SONIC` against its glue, then put the new hashes in.
 */
const golden = {
  'mp3.wasm': '85e81719250b9a667b1258143f689dda70e3e57a7e7c29ab0b4cef65c8f6eb9a',
  'resample.wasm': '30996568c9de664f1ff0ee3ca71d6b759a529fa5d4ecf318982634f61cec7ef6',
  'stretch.wasm': '983e1ce3821c6d1f37d35d67cee834aea932df0e0bce161fe3c58cf50529e1d9',
  input: 'c5342e78cacfa230172538924461505c6e6e8a1b534a0eba65c3587ba497167f',
  mp3: 'e18d6b110da1263c4bf8513b5352792b9e3581d47d345d3dfa191a2af8697583',
  'mp3 44.1 kHz': '5f57de5dbb63d5e37a11b94f476d120eeec796a25b81614281a581f59653e9c2',
  resample: '520b65311f95a02345a06f283cd3f0c71a418523650d1065131747f2dd218430',
  stretch: '577b18cbf98db95a6788eaf94ebea518c0974f9d82fe9b4c21203abae420ddc5',
};

const runtimes = { bun: ['run'], deno: ['run', '--allow-all', '--no-lock'] };

describe('the codecs make the bytes they always made', () => {
  test('on Node', async () => {
    expect(await hashCodecs()).toEqual(golden);
  });

  for (const [runtime, options] of Object.entries(runtimes)) {
    const program = fileURLToPath(new URL(`../../node_modules/.bin/${runtime}`, import.meta.url));
    test.skipIf(!existsSync(program))(`on ${runtime} (skipped where it is not installed)`, async () => {
      const script = fileURLToPath(new URL('golden.ts', import.meta.url));
      const { stdout } = await promisify(execFile)(program, [...options, script], { timeout: 15_000 });
      expect(JSON.parse(stdout)).toEqual(golden);
    });
  }
});
