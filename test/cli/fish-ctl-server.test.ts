import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { recordingAudio } from '../reference-audio.ts';
import { run, textOf } from './support.ts';

describe('fish-ctl, of a server that runs', () => {
  let origin: FakeOrigin;
  let server: RunningServer;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fish-ctl-'));
    await writeFile(join(folder, 'ada.wav'), recordingAudio());
    origin = await startFakeOrigin();
    server = await startServer('node', {
      env: {
        FISH_BACKEND: origin.url,
        FISH_API_KEY: 'secret',
        FISH_FALLBACK: 'false',
        FISH_STATE: 'sqlite',
        FISH_DATA_DIR: folder,
      },
    });
  });
  afterAll(async () => {
    await server?.stop();
    await origin?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const ctl = async (...args: string[]): Promise<readonly [code: number | null, said: string]> => {
    const env = { FISH_SERVER: server.url, FISH_API_KEY: 'secret', FISH_DATA_DIR: folder };
    const { code, stdout, stderr } = await run('fish-ctl', args, { env, cwd: folder });
    return [code, stdout.toString() + stderr];
  };

  it('says how it is, in the words of the Go tool', async () => {
    expect(await ctl('health')).toEqual([0, 'Status: ok\n']);
    const [code, said] = await ctl('health', '--detailed');
    expect([code, said]).toEqual([
      0,
      expect.stringMatching(/^Status: ok\nBackend: healthy \(latency: \d+ms\)\n$/),
    ]);
    const [, json] = await ctl('health', '--detailed', '-o', 'json');
    expect(JSON.parse(json)).toMatchObject({ status: 'ok', backend: { status: 'healthy' } });
    expect(await ctl('-s', server.url, '--api-key=secret', 'health')).toEqual([0, 'Status: ok\n']);
    expect((await ctl('upstreams'))[1]).toMatch(
      /^UPSTREAM +STATUS +LATENCY +VERSION +ERROR\n1 +healthy +\d+ ms/,
    );
  });

  it('adds, lists and deletes reference voices', async () => {
    expect(await ctl('references', 'list')).toEqual([0, 'No references found\n']);
    expect(await ctl('references', 'add', 'ada', 'ada.wav', 'What she says.')).toEqual([
      0,
      "✓ Reference 'ada' added successfully\n",
    ]);
    expect(await ctl('references', 'list')).toEqual([0, 'Voice References:\n  - ada\n']);
    expect(await ctl('references', 'add', 'ada', 'ada.wav', 'What she says.')).toEqual([
      1,
      "Error: Reference ID 'ada' already exists (409)\n",
    ]);
    expect(await ctl('references', 'delete', 'ada')).toEqual([0, "✓ Reference 'ada' deleted successfully\n"]);
    expect((await ctl('references', 'delete', 'ada'))[0]).toBe(1);
  });

  it('makes, renames and deletes voices of recordings', async () => {
    const [refused, why] = await ctl('voices', 'add', 'Ada', 'ada.wav', 'What she says.');
    expect([refused, why]).toEqual([2, expect.stringContaining('--consent is required')]);
    const [made, said] = await ctl('voices', 'add', 'Ada', 'ada.wav', 'What she says.', '--consent', 'Ada');
    const [, id = ''] = /^✓ Voice 'Ada' added as (\S+)$/m.exec(said) ?? [];
    expect([made, id]).toEqual([0, expect.stringMatching(/./)]);
    expect((await ctl('voices', 'rename', id, 'Lady Ada'))[1]).toBe(
      `✓ Voice ${id} is called 'Lady Ada' now\n`,
    );
    expect((await ctl('voices', 'list'))[1]).toMatch(new RegExp(`^${id} .*Lady Ada$`, 'm'));
    expect(await ctl('voices', 'delete', id)).toEqual([0, `✓ Voice '${id}' deleted\n`]);
  });

  it('shows and clears the speech that is kept, under a server that runs', async () => {
    await run('fish-tts', ['-s', server.url, '--api-key', 'secret', '--seed', '3', 'To be kept.']);
    const kept = async (): Promise<{ blobs: number }> =>
      JSON.parse((await ctl('cache', 'show', '--json'))[1]);
    await expect.poll(kept).toMatchObject({ blobs: 1 });
    expect(await ctl('cache', 'clear')).toEqual([0, expect.stringMatching(/^1 speeches, .*: cleared\n$/)]);
    expect(await kept()).toMatchObject({ blobs: 0 });
    const again = await run('fish-tts', [
      '-s',
      server.url,
      '--api-key',
      'secret',
      '--seed',
      '3',
      'To be kept.',
    ]);
    expect([again.code, origin.spoken.filter(({ body }) => textOf(body) === 'To be kept.').length]).toEqual([
      0, 2,
    ]);
  });

  it.each([
    [2, ['references', 'add', 'ada'], 'Say list, add ID FILE TEXT or delete ID.'],
    [2, ['health', '-o', 'yaml'], '--output must be one of text, json.'],
    [2, ['constructor'], 'Error: Unknown command: constructor.\n'],
    [2, ['modles', 'list'], 'Error: Unknown command: modles. Did you mean models?\n'],
    [2, ['models', 'pul'], 'Error: Unknown: models pul. Did you mean pull?\n'],
    [2, ['models', 'list', '--verfy'], "Error: Unknown option '--verfy'. Did you mean --verify?\n"],
    [2, ['health', 'http://127.0.0.1:2'], "Error: Unexpected argument 'http://127.0.0.1:2'."],
    [2, ['voices', 'delete', 'one', 'two'], 'Error: Say list, add NAME'],
    [1, ['usage', '--api-key', 'wrong'], 'Error: Invalid token (401)'],
    [1, ['health', '-s', 'http://127.0.0.1:2'], 'nobody listens at http://127.0.0.1:2'],
    [1, ['health', '-s', 'http://127.0.0.1:9'], 'http://127.0.0.1:9 cannot be asked: bad port'],
  ])('ends with %i: %j', async (code, args, message) => {
    expect(await ctl(...args)).toEqual([code, expect.stringContaining(message)]);
  });
});

describe('fish-ctl, of this machine', () => {
  it('finds what is wrong with an installation', async () => {
    const other = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const folder = await mkdtemp(join(tmpdir(), 'fish-doctor-'));
    try {
      const { port } = other.address() as AddressInfo;
      const env = {
        FISH_LISTEN: `127.0.0.1:${port}`,
        FISH_BACKEND: 'http://127.0.0.1:2',
        FISH_DATA_DIR: folder,
        FISH_BAKEND: 'http://127.0.0.1:2',
      };
      const { code, stdout } = await run('fish-ctl', ['doctor', '--json'], { env });
      expect(code).toBe(1);
      const found = JSON.parse(stdout.toString()) as readonly {
        what: string;
        state: string;
        found: string;
      }[];
      expect(found).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ what: 'port', state: 'error' }),
          expect.objectContaining({ what: 'upstream 1', state: 'error' }),
          expect.objectContaining({ what: 'keys', state: 'warning' }),
          expect.objectContaining({ what: 'voice', state: 'warning' }),
          expect.objectContaining({ found: 'FISH_BAKEND is not a setting; did you mean FISH_BACKEND?' }),
        ]),
      );
      const wrong = await run('fish-ctl', ['doctor'], {
        env: { FISH_RETRIES: 'many', FISH_DATA_DIR: folder },
      });
      expect([wrong.code, wrong.stdout.toString()]).toEqual([1, expect.stringContaining('✗ settings')]);
    } finally {
      other.close();
      await rm(folder, { recursive: true });
    }
  });

  it('lets bash complete commands, their words and options', async () => {
    const { code, stdout } = await run('fish-ctl', ['completion', 'bash']);
    expect(code).toBe(0);
    const ask = (...words: string[]): string => {
      const name = `_${(words[0] ?? '').replaceAll('-', '_')}`;
      const script = `${stdout}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; ${name}; echo "\${COMPREPLY[@]}"`;
      return spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).stdout.trim();
    };
    expect(ask('fish-ctl', 'ref')).toBe('references');
    expect(ask('fish-ctl', 'voices', 'ren')).toBe('rename');
    expect(ask('fish-ctl', 'health', '--det')).toBe('--detailed');
    expect(ask('fish-tts', '--reference-')).toBe('--reference-text');
    expect(ask('fish-server', '--trusted')).toBe('--trusted-proxies');
  });
});

describe('fish-server', () => {
  it('says what every setting is and who says so, and tells no secret', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fish-config-'));
    try {
      await writeFile(join(folder, 'config.yaml'), 'fish:\n  retries: 5\nserver:\n  read_timeout: 20s\n');
      const env = { FISH_API_KEY: 'hush', FISH_RETRIES: '4', FISH_STATE: 'redis://me:hush@127.0.0.1:1' };
      const args = ['config', '--json', '--log-level', 'warn'];
      const { code, stdout } = await run('fish-server', args, { env, cwd: folder });
      expect(code).toBe(0);
      expect(stdout.toString()).not.toContain('hush');
      expect(JSON.parse(stdout.toString())).toEqual(
        expect.arrayContaining([
          { key: 'logging.level', value: 'warn', source: '--log-level' },
          { key: 'fish.retries', value: '4', source: 'FISH_RETRIES' },
          { key: 'server.read_timeout', value: '20s', source: 'config.yaml: server.read_timeout' },
          { key: 'server.write_timeout', value: '120s', source: 'default' },
          { key: 'auth.api_key', value: '(hidden)', source: 'FISH_API_KEY' },
          { key: 'state.store', value: '(hidden)', source: 'FISH_STATE' },
        ]),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    [['--lisen', ':0'], {}, 'Did you mean --listen?'],
    [['version'], { FISH_AIP_KEY: 'x' }, ''],
    [['config'], { FISH_AIP_KEY: 'x' }, 'FISH_AIP_KEY is not a setting; did you mean FISH_API_KEY?'],
  ])('names the nearest setting: %j %j', async (args, env, said) => {
    const { stderr } = await run('fish-server', args, { env });
    if (said === '') expect(stderr).toBe('');
    else expect(stderr).toContain(said);
  });
});
