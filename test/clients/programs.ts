import { strict as assert } from 'node:assert';
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { CannotTry, type Client } from './check.ts';
import type { Ground } from './ground.ts';
import { assertFormat, input } from './npm/audio.ts';

const PROGRAM_DEADLINE_MS = 30_000;

function versionOf(program: string, arg: string): string {
  const { stdout } = spawnSync(program, [arg], { encoding: 'utf8' });
  return /\d+\.\d+(?:\.\d+)?/.exec(stdout ?? '')?.[0] ?? 'not installed';
}

const execute = promisify(execFile);

async function run(program: string, args: readonly string[]): Promise<Buffer> {
  try {
    const options = { timeout: PROGRAM_DEADLINE_MS, encoding: 'buffer', maxBuffer: 16 << 20 } as const;
    return (await execute(program, args, options)).stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new CannotTry(`there is no ${program} here`);
    throw error;
  }
}

const json = (format: string): string =>
  JSON.stringify({ model: 'tts-1', voice: 'alloy', input, response_format: format });
/** An address that a player can open. */
const stream = ({ open }: Ground): string => `${open}/tts/stream?text=${encodeURIComponent(input)}`;

export const programs: readonly Client[] = [
  {
    client: 'curl',
    version: versionOf('curl', '--version'),
    checks: {
      'speech in every format': async ({ open }) => {
        for (const format of ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] as const) {
          const body = ['-H', 'content-type: application/json', '-d', json(format)];
          assertFormat(await run('curl', ['-sSf', `${open}/v1/audio/speech`, ...body]), format);
        }
      },
      'JSON without a content type': async ({ open }) => {
        const body = ['-H', 'content-type:', '-d', json('mp3')];
        assertFormat(await run('curl', ['-sSf', `${open}/v1/audio/speech`, ...body]), 'mp3');
      },
      'slash behind the path': async ({ open }) => {
        const body = ['-H', 'content-type: application/json', '-d', json('mp3')];
        assertFormat(await run('curl', ['-sSf', `${open}/v1/audio/speech/`, ...body]), 'mp3');
      },
      'a part of a kept file': async ({ open }) => {
        const made = await run('curl', ['-sSf', `${open}/tts?text=${encodeURIComponent(input)}`]);
        const { audio_url } = JSON.parse(made.toString()) as { audio_url: string };
        const part = await run('curl', ['-sSf', '-r', '0-1', new URL(audio_url, open).href]);
        assert.equal(part.toString(), 'RI');
      },
    },
  },
  {
    client: 'ffmpeg',
    version: versionOf('ffmpeg', '-version'),
    checks: {
      'plays a streamed WAV': async (ground) => {
        const args = ['-v', 'error', '-i', stream(ground), '-f', 's16le', '-ar', '24000', '-ac', '1', '-'];
        const seconds = (await run('ffmpeg', args)).length / 2 / 24_000;
        assert.ok(Math.abs(seconds - 0.9) < 0.3, `${seconds} s`);
      },
    },
  },
];
