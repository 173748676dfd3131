/** What README.md tells people to type, typed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataFolder, installedPacks } from '../../src/adapters/local/packs.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { lastingPort } from '../free-port.ts';

const root = join(import.meta.dirname, '../..');
/** What the page calls the server and the origin. */
const [serverAddress, originAddress] = ['http://localhost:8080', 'http://127.0.0.1:8081'];
const leastAudioBytes = 5000;
const startDeadlineMs = 90_000;

/** Commands that another test types, or this whole run. */
const typedElsewhere: Readonly<Record<string, string>> = {
  'npm ci && npm test': '.ci/run',
  'npm run fish-ctl -- models pull kokoro-82m-v1.0': 'test/pull-voices.ts',
  'npm run fish-ctl -- models pull moonshine-tiny': 'test/pull-voices.ts',
  'npm run fish-ctl -- models pull silero-vad': 'test/pull-voices.ts',
  'npm run fish-ctl -- models add ./my-voice.onnx': 'test/models/add.test.ts',
};

const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```sh\n(.*?)```/gs)];
/** One a line, without the remarks behind them. */
const commands = blocks
  .flatMap(([, block = '']) => block.replaceAll('\\\n', ' ').trim().split('\n'))
  .map((line) => line.replace(/\s+# .*$/, '').replace(/\s+/g, ' '));
const starts = commands.filter((command) => /npm (start|run start:)/.test(command));
const asks = commands.filter((command) => command.startsWith('curl '));
const others = commands.filter((command) => ![...starts, ...asks].includes(command));
const hasVoice = (await installedPacks(dataFolder())).length > 0;

let folder: string;
let origin: FakeOrigin;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fish-edge-readme-'));
  origin = await startFakeOrigin();
});
afterAll(async () => {
  await origin?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A shell that types `command`, and all that it starts. */
function type(command: string, env: Readonly<Record<string, string>> = {}) {
  const quiet = { FISH_STATE: 'memory', FISH_TUNE: 'off', FISH_KEYS_FILE: join(root, 'dist/no-keys.json') };
  const child = spawn('sh', ['-c', command], {
    cwd: root,
    env: { ...process.env, ...quiet, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => (said += chunk));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return {
    said: () => said,
    exited,
    async stop(): Promise<void> {
      if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGTERM');
      await exited;
    },
  };
}

/** The server of a command of the page, on a port of its own. */
async function start(command: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = await lastingPort();
  const typed = command
    .replace('npm ci && ', '') // done, or this would not run
    .replace(originAddress, origin.url)
    .replace(/(start:workers .*)/, `$1 --port ${port}`);
  const shell = type(typed, { FISH_LISTEN: `127.0.0.1:${port}` });
  const url = `http://127.0.0.1:${port}`;
  const isUp = async (): Promise<void> => {
    const { ok } = await fetch(`${url}/v1/health`, { headers: { Authorization: 'Bearer ...' } });
    if (!ok) throw new Error(shell.said());
  };
  await vi.waitFor(isUp, { timeout: startDeadlineMs, interval: 250 });
  return { url, stop: shell.stop };
}

describe('README.md', () => {
  it.each(starts.filter((command) => hasVoice || command.includes('FISH_BACKEND')))(
    '%s',
    async (command) => {
      const server = await start(command);
      await server.stop();
    },
    2 * startDeadlineMs,
  );

  describe.skipIf(!hasVoice)(`with the embedded voice${hasVoice ? '' : ' (none is installed)'}`, () => {
    let server: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      server = await start('npm start');
    }, startDeadlineMs);
    afterAll(() => server?.stop());

    it.each(asks)('%s', async (command) => {
      const file = join(folder, `${crypto.randomUUID()}.audio`);
      const typed = command
        .replace(serverAddress, server.url)
        .replace(/-o \S+$/, `-o ${file}`)
        .replace(/\| ffplay .*$/, `> ${file}`);
      const shell = type(typed.replace('curl ', 'curl -sS --fail-with-body '));
      expect(await shell.exited, shell.said()).toBe(0);
      expect(statSync(file).size).toBeGreaterThan(leastAudioBytes);
    });
  });

  it.each(others.filter((command) => !(command in typedElsewhere)))('%s', async (command) => {
    const shell = type(command);
    expect(await shell.exited, shell.said()).toBe(0);
  });

  it('has commands of each kind, and those that another test types are there', () => {
    expect([starts.length >= 4, asks.length >= 2, others.length >= 3]).toEqual([true, true, true]);
    for (const [command, place] of Object.entries(typedElsewhere)) {
      expect(commands).toContain(command);
      expect(existsSync(join(root, place)), place).toBe(true);
    }
  });
});
