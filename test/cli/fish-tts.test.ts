import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatNamed } from '../../src/cli/tts/options.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { referenceAudio } from '../reference-audio.ts';
import { binaries, ended, run, start, textOf } from './support.ts';

const long = 'This sentence is about the sea, and it goes on for a while. '.repeat(10);

describe('fish-tts', () => {
  let origin: FakeOrigin;
  let server: RunningServer;
  let folder: string;
  beforeAll(async () => {
    origin = await startFakeOrigin();
    server = await startServer('node', {
      env: { FISH_BACKEND: origin.url, FISH_API_KEY: 'secret', FISH_RATE_LIMIT: '0', FISH_FALLBACK: 'false' },
    });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fish-tts-'));
    return () => rm(folder, { recursive: true });
  });
  afterAll(async () => {
    await server?.stop();
    await origin?.close();
  });
  const speak = (args: readonly string[], stdin?: string) =>
    run('fish-tts', ['-s', server.url, '--api-key', 'secret', ...args], {
      cwd: folder,
      ...(stdin !== undefined && { stdin }),
    });

  it.each([
    ['Node', [join(binaries, 'node')]],
    ['Bun', [join(binaries, 'bun')]],
    ['Deno', [join(binaries, 'deno'), 'run', '-A']],
  ])('speaks into a file on %s, and says how large it is', async (_, runtime) => {
    const env = { FISH_SERVER: server.url, FISH_API_KEY: 'secret' };
    const { code, stderr } = await run('fish-tts', ['-o', 'speech.wav', 'Hello.'], {
      cwd: folder,
      env,
      runtime,
    });
    const file = await readFile(join(folder, 'speech.wav'));
    expect([code, stderr]).toEqual([0, `Audio saved to speech.wav (${file.length} bytes)\n`]);
    expect([file.toString('latin1', 0, 4), file.readUInt32LE(40)]).toEqual(['RIFF', file.length - 44]);
  });

  it('speaks in the format that the name of the file means', async () => {
    const { code } = await speak(['-o', 'speech.FLAC', 'Hello.']);
    expect(code).toBe(0);
    expect((await readFile(join(folder, 'speech.FLAC'))).toString('latin1', 0, 4)).toBe('fLaC');
    const named = ['a.ogg', 'a.b.mp3', 'speech.of.the.day', 'mp3'].map((file) => formatNamed(file));
    expect(named).toEqual(['opus', 'mp3', undefined, undefined]);
  });

  it('speaks to stdout what comes by a pipe or lies in a file', async () => {
    const piped = await speak(['-f', 'mp3'], 'From a pipe.');
    expect([piped.code, piped.stderr, piped.stdout.length > 1000]).toEqual([0, '', true]);
    await writeFile(join(folder, 'letter.txt'), 'From a file.');
    const filed = await speak(['-i', 'letter.txt', '-f', 'pcm']);
    expect([filed.code, filed.stdout.length > 1000]).toEqual([0, true]);
    expect(origin.spoken.slice(-2).map(({ body }) => textOf(body))).toEqual(['From a pipe.', 'From a file.']);
  });

  it('hands on how it is to be said, and the voice to imitate', async () => {
    await writeFile(join(folder, 'me.wav'), referenceAudio(1));
    const options = ['--temperature', '0.5', '--top-p', '0.6', '--seed', '7'];
    const { code } = await speak([
      ...options,
      '--reference',
      'me.wav',
      '--reference-text',
      'It is me.',
      'Hello.',
    ]);
    expect(code).toBe(0);
    expect(origin.spoken.at(-1)?.body).toMatchObject({
      temperature: 0.5,
      top_p: 0.6,
      seed: 7,
      references: [{ text: 'It is me.' }],
    });
  });

  it('streams a WAV whose file says how long it is all the same', async () => {
    const { code } = await speak(['--stream', '-o', 'speech.wav', long]);
    const file = await readFile(join(folder, 'speech.wav'));
    expect([code, file.readUInt32LE(4), file.readUInt32LE(40)]).toEqual([
      0,
      file.length - 8,
      file.length - 44,
    ]);
  });

  it('says how far it is with a long text, whose audio is the same', async () => {
    const text = `[[firstByteMs=1500]] ${long}`; // longer than a line of progress takes
    const { code, stderr, stdout } = await speak(['--progress', '-f', 'pcm', text]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^\d+ % spoken, \d+ s of audio, [\d.]+ times as fast as it is heard, \d+ s left$/m,
    );
    const plain = await speak(['-f', 'pcm', text]);
    expect(stdout.length).toBe(plain.stdout.length);
  });

  it('plays with what the machine has', async () => {
    const player = join(folder, 'ffplay');
    await writeFile(player, '#!/bin/sh\ncat > played\n');
    await chmod(player, 0o755);
    const env = { PATH: ['/usr/bin', '/bin'].reduce((path, each) => path + delimiter + each, folder) };
    const args = ['-s', server.url, '--api-key', 'secret', '--play', '-f', 'mp3', 'Hello.'];
    const { code, stdout, stderr } = await run('fish-tts', args, { cwd: folder, env });
    expect([code, stdout.length, stderr]).toEqual([0, 0, '']);
    expect((await readFile(join(folder, 'played'))).length).toBeGreaterThan(1000);
  });

  it('leaves nothing half behind when the speech breaks off or its user stops it', async () => {
    const broken = await speak(['--stream', '-o', 'speech.wav', '[[dieAfterBytes=3000]] Hello.']);
    expect([broken.code, broken.stderr]).toEqual([1, expect.stringMatching(/^Error: /)]);
    const args = [
      '-s',
      server.url,
      '--api-key',
      'secret',
      '--stream',
      '-o',
      'speech.wav',
      '[[endless]] Hello.',
    ];
    const child = start('fish-tts', args, { cwd: folder });
    const end = ended(child);
    await expect.poll(() => readdir(folder)).toContainEqual(expect.stringMatching(/\.part$/));
    await origin.until(() => origin.queued > 0);
    child.kill('SIGINT');
    await once(child, 'exit');
    expect(await end).toMatchObject({ code: 1, stderr: 'Error: stopped\n' });
    expect(await readdir(folder)).toEqual([]);
    await origin.until(() => origin.queued === 0);
  });

  it('ends without a word when its reader has enough, and so does the work on the server', async () => {
    const args = ['-s', server.url, '--api-key', 'secret', '--stream', '[[endless]] Hello.'];
    const child = start('fish-tts', args, { cwd: folder });
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await ended(child)).toMatchObject({ code: 1, stderr: '' });
    await origin.until(() => origin.queued === 0);
  });

  it.each([
    [2, ['--reference', 'me.wav', 'Hello.'], '--reference-text is required with --reference.'],
    [2, ['--temperature', '3', 'Hello.'], '--temperature must be a number from 0.1 to 1.'],
    [2, ['-f', 'ogg', 'Hello.'], '--format must be one of wav, mp3'],
    [2, ['--volume', '3', 'Hello.'], "Unknown option '--volume'."],
    [2, ['--quite', 'Hello.'], "Unknown option '--quite'. Did you mean --quiet?"],
    [2, [], 'The text is empty.'],
    [1, ['--voice', 'nobody', 'Hello.'], 'does not exist'],
    [1, ['--api-key', 'wrong', 'Hello.'], 'Invalid token (401)'],
    [1, ['-i', 'missing.txt'], 'missing.txt cannot be read: ENOENT'],
    [1, ['-o', 'missing/speech.wav', 'Hello.'], 'missing/speech.wav cannot be written: ENOENT\n'],
    [1, ['-s', 'http://127.0.0.1:2', 'Hello.'], 'nobody listens at http://127.0.0.1:2 (ECONNREFUSED)'],
    [1, ['-s', 'http://127.0.0.1:9', 'Hello.'], 'http://127.0.0.1:9 cannot be asked: bad port'],
    [2, ['-s', 'localhost:8080', 'Hello.'], '--server must be an http:// or https:// address.'],
  ])('ends with %i and one line: %j', async (code, args, message) => {
    const found = await speak(args);
    expect([found.code, found.stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(found.stderr).toMatch(/^Error: /);
    expect(found.stdout.length).toBe(0);
  });
});
