import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { hashCodecs } from './golden.ts';
import { hashOnWorkerd } from './golden-workerd.ts';

/**
 * A change here means that a pinned package, its exports or a codec's settings have changed: listen to what it makes now,
 * check `LAME`, `OPUS`, `FFMPEG_AAC`, `SPEEX` and `SONIC` against its glue, then put the new hashes in.
 */
const modules = {
  'mp3.wasm': '85e81719250b9a667b1258143f689dda70e3e57a7e7c29ab0b4cef65c8f6eb9a',
  'opus.wasm': 'd946657d3817d64e852462bcef490ad9fa3f54eb41fe7dd9048f185661f7c386',
  'aac.wasm': '8488acb0bc9f43055b83600cc4c2c07d20f07675aa65671f91ac1d75515845d9',
  'resample.wasm': '30996568c9de664f1ff0ee3ca71d6b759a529fa5d4ecf318982634f61cec7ef6',
  'stretch.wasm': '983e1ce3821c6d1f37d35d67cee834aea932df0e0bce161fe3c58cf50529e1d9',
};
const outputs = {
  input: 'c5342e78cacfa230172538924461505c6e6e8a1b534a0eba65c3587ba497167f',
  wav: '32e63b42ff40140eee9699b989f411af511b253c3cdb40a22bf3f459b9b3eef7',
  mp3: 'e18d6b110da1263c4bf8513b5352792b9e3581d47d345d3dfa191a2af8697583',
  'mp3 44.1 kHz': '5f57de5dbb63d5e37a11b94f476d120eeec796a25b81614281a581f59653e9c2',
  opus: '5d64cdc5fbad18633e18c8701769f98da53cdec49362b208ad74fd97a8a10dd4',
  'opus 44.1 kHz': 'afeeac0be58ad3cf6782b0fcb5648e333c1b519f3629c808c932b8bb35eff169',
  aac: '1b85ed27ab27f3293ad9dde15f5ee3f1108207dea240650e7e7539f286af0e8a',
  'aac 44.1 kHz': '7c21ddd286a97c54242881d37e80ae30004c04157222dc85f8b26d13f274dc45',
  flac: 'fdf5b639c8bb9cc3123d357f6e965f99977ab0b6865cca32cdc12f27491e351b',
  'flac 44.1 kHz': 'bbd5dacf420beaa3ed324a09770548ceb375249151b7b66b2bb4ce86092fabc1',
  resample: '520b65311f95a02345a06f283cd3f0c71a418523650d1065131747f2dd218430',
  stretch: '577b18cbf98db95a6788eaf94ebea518c0974f9d82fe9b4c21203abae420ddc5',
  gain: 'c11fd869232dd9c35d872e214be40cd2f6a3d1c630feeaa9cc1fce1ef8a1783e',
  limiter: 'c380db8f625c073484fcfb0e61e20c82526ca3548c0573fe24620e57cf88ec6f',
};

const runtimes = { bun: ['run'], deno: ['run', '--allow-all', '--no-lock'] };
const limitMs = 60_000;
const program = (name: string): string =>
  fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));

describe('the codecs make the bytes they always made', () => {
  test('on Node', async () => {
    expect(await hashCodecs()).toEqual({ ...modules, ...outputs });
  });

  for (const [runtime, options] of Object.entries(runtimes)) {
    const missing = !existsSync(program(runtime));
    test.skipIf(missing)(
      `on ${runtime} (skipped where it is not installed)`,
      { timeout: limitMs },
      async () => {
        const script = fileURLToPath(new URL('golden.ts', import.meta.url));
        const { stdout } = await promisify(execFile)(program(runtime), [...options, script], {
          timeout: limitMs,
        });
        expect(JSON.parse(stdout)).toEqual({ ...modules, ...outputs });
      },
    );
  }

  test.skipIf(!existsSync(program('workerd')))(
    'on workerd, with the modules as they are bundled (skipped where it is not installed)',
    { timeout: limitMs },
    async () => {
      expect(await hashOnWorkerd()).toEqual(outputs);
    },
  );
});
