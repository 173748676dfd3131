import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '../../bench/processes.ts';
import { type FakeOrigin, startFakeOrigin } from '../../test/fake-origin.ts';
import type { Arena, AttackCase } from '../case.ts';
import { none } from '../setups.ts';

const run = promisify(execFile);
const noFiles = { workers: 'Workers have no files' } as const;
const kiB = 1024;
/** In which a line of the log has come. */
const logMs = 10_000;

/** Runs `work` with an origin and an empty data folder. */
async function withFiles(
  arena: Arena,
  work: (origin: FakeOrigin, folder: string) => Promise<void>,
): Promise<void> {
  const origin = await startFakeOrigin();
  try {
    await work(origin, await arena.own.folder());
  } finally {
    await origin.close();
  }
}

function settings(origin: FakeOrigin): Record<string, string> {
  return { FISH_BACKEND: origin.url, FISH_STATE: 'auto', FISH_KEYS_FILE: '', FISH_CACHE: 'on' };
}

async function speak(arena: Arena, url: string, input: string, headers = {}): Promise<number> {
  const response = await fetch(`${url}/v1/audio/speech`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ input, response_format: 'pcm' }),
    signal: AbortSignal.timeout(15_000),
  });
  await response.arrayBuffer();
  arena.tally.sent++;
  arena.tally.saw(String(response.status));
  return response.status;
}

async function teach(arena: Arena, url: string, word: string): Promise<number> {
  const response = await fetch(`${url}/v1/pronunciations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ word, alias: 'taught' }),
  });
  arena.tally.sent++;
  arena.tally.saw(String(response.status));
  return response.status;
}

/** A server that has spoken, learnt a word and was killed. */
async function used(arena: Arena, origin: FakeOrigin, folder: string): Promise<void> {
  const server = await arena.own.start(settings(origin), folder);
  arena.tally.check((await speak(arena, server.url, 'Kept for later.')) === 200, 'it does not speak');
  arena.tally.check((await teach(arena, server.url, 'Zyx')) < 300, 'it does not learn');
  server.signal('SIGKILL');
  await server.exited;
}

type Damage = (path: string) => Promise<void>;

const damages: Readonly<Record<string, Damage>> = {
  'noise in the middle': async (path) => {
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0xaa, bytes.length >> 2, bytes.length >> 1));
  },
  'a header of another file': async (path) =>
    writeFile(path, Buffer.concat([Buffer.from('PK\x03\x04'), await readFile(path)])),
  'cut in half': async (path) => truncate(path, (await stat(path)).size >> 1),
  emptied: (path) => truncate(path, 0),
};

function fishCtl(args: readonly string[], folder: string): Promise<unknown> {
  const env = { ...process.env, FISH_DATA_DIR: folder, FISH_KEYS_FILE: join(folder, 'keys.json') };
  return run(join(root, 'node_modules/.bin/node'), [join(root, 'src/cli/fish-ctl.ts'), ...args], {
    env,
    cwd: root,
  });
}

export const fileCases: readonly AttackCase[] = [
  {
    name: 'corrupt-files',
    tries: `cache.db and records.db damaged in ${Object.keys(damages).length} ways between two starts`,
    setup: none,
    not: noFiles,
    run: (arena) =>
      withFiles(arena, async (origin) => {
        const ways = Object.entries(damages);
        const some = arena.short ? ways.slice(0, 1) : ways;
        for (const [name, damage] of some) {
          const folder = await arena.own.folder();
          await used(arena, origin, folder);
          await damage(join(folder, 'cache.db'));
          const server = await arena.own.start(settings(origin), folder);
          const status = await speak(arena, server.url, 'Kept for later.');
          arena.tally.check(status === 200, `cache.db with ${name}: ${status}`);
          await server.stop();
          await damage(join(folder, 'records.db'));
          const outcome = await arena.own.start(settings(origin), folder).then(
            async (again) => {
              const said = await speak(arena, again.url, 'Spoken although records are damaged.');
              await again.stop();
              return said;
            },
            (error: Error) =>
              /fish-server: .+/.test(error.message) &&
              !/\n\s+at /.test(error.message.split('\n').slice(1).join('\n'))
                ? 'refused in one line'
                : error.message,
          );
          arena.tally.saw(`records.db: ${outcome}`.slice(0, 60));
          arena.tally.check(
            outcome === 200 || outcome === 'refused in one line',
            `records.db with ${name}: ${outcome}`,
          );
        }
      }),
  },
  {
    name: 'corrupt-keys',
    tries:
      'a file of keys that becomes noise, JSON of another kind, or nothing under a running server: nobody is let in',
    setup: none,
    not: noFiles,
    run: (arena) =>
      withFiles(arena, async (origin, folder) => {
        const file = join(folder, 'keys.json');
        await fishCtl(['keys', 'create', 'ada'], folder);
        const server = await arena.own.start({ ...settings(origin), FISH_KEYS_FILE: file }, folder);
        for (const text of ['\xff\xfe noise', '{"keys":{}}', '{"keys":[{}]}', '[]', '']) {
          await writeFile(file, text);
          await sleep(2500); // it is believed for two seconds
          const status = await speak(arena, server.url, 'Let me in.');
          arena.tally.check(status === 401, `keys ${JSON.stringify(text)}: ${status}`);
          if (arena.short) break;
        }
      }),
  },
  {
    name: 'kill-9',
    tries: 'SIGKILL in the middle of streams and writes, and a start on the same folder, over and over',
    setup: none,
    not: noFiles,
    run: (arena) =>
      withFiles(arena, async (origin, folder) => {
        for (let round = 0; round < arena.count(5, 1); round++) {
          const server = await arena.own.start(settings(origin), folder);
          const slow = `[[chunkBytes=4000]] [[chunkMs=20]] [[bodyBytes=400000]] Killed, ${round}.`;
          const busy = Array.from({ length: 20 }, (_, index) =>
            (index % 2 === 0
              ? speak(arena, server.url, `${slow} ${index}`)
              : teach(arena, server.url, `word${round}n${index}`)
            ).catch(() => 0),
          );
          await sleep(300);
          server.signal('SIGKILL');
          await Promise.all(busy);
          await server.exited;
          const again = await arena.own.start(settings(origin), folder);
          const status = await speak(arena, again.url, `After the kill, ${round}.`);
          arena.tally.check(status === 200, `after the kill it got ${status}`);
          arena.tally.check(
            (await teach(arena, again.url, `after${round}`)) < 300,
            'words cannot be taught after the kill',
          );
          await again.stop();
        }
      }),
  },
  {
    name: 'full-disk',
    tries: 'a disk of 700 kB that fills up: speech goes on, and the log names it',
    setup: none,
    not: noFiles,
    run: (arena) =>
      withFiles(arena, async (origin) => {
        const { server, disk } = await arena.own.startOnSmallDisk(settings(origin), 700 * kiB);
        const ballast = Buffer.alloc(16 * kiB);
        for (let index = 0; index < 64; index++)
          await writeFile(join(disk, `ballast-${index}`), ballast).catch(() => {});
        for (let index = 0; index < 10; index++) {
          const status = await speak(arena, server.url, `[[bodyBytes=200000]] With a full disk, ${index}.`);
          arena.tally.check(status === 200, `with a full disk speech got ${status}`);
        }
        const taught = await teach(arena, server.url, 'full');
        arena.tally.check(taught >= 500, `a word that cannot be kept got ${taught}`);
        const namesIt = (): boolean =>
          /disk|full|ENOSPC|space/i.test(JSON.stringify(server.logs) + server.stderr());
        for (const until = Date.now() + logMs; !namesIt() && Date.now() < until; ) await sleep(50);
        arena.tally.check(namesIt(), 'the log does not name the full disk');
      }),
  },
  {
    name: 'file-modes',
    tries: 'who else may read the files of state and keys',
    setup: none,
    not: noFiles,
    run: (arena) =>
      withFiles(arena, async (origin, parent) => {
        const folder = join(parent, 'data');
        const before = process.umask(0o022); // as most users have it
        try {
          if (arena.runtime === 'deno') await mkdir(folder, { mode: 0o700 });
          const server = await arena.own.start(settings(origin), folder);
          await speak(arena, server.url, 'Kept.');
          await teach(arena, server.url, 'mode');
          await fishCtl(['keys', 'create', 'ada'], folder);
        } finally {
          process.umask(before);
        }
        const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
        const mode = await modeOf(folder);
        arena.tally.check(mode === '700', `the folder has ${mode}`);
        for (const name of await readdir(folder)) {
          const found = await modeOf(join(folder, name));
          arena.tally.saw(`${name} ${found}`);
          arena.tally.check((Number.parseInt(found, 8) & 0o077) === 0, `${name} has ${found}`);
        }
        await chmod(folder, 0o700);
      }),
  },
  {
    name: 'keys-race',
    tries: 'ten `fish-ctl keys create` at once: all ten are kept',
    setup: none,
    not: {
      ...noFiles,
      bun: 'fish-ctl is the same on every runtime',
      deno: 'fish-ctl is the same on every runtime',
    },
    async run({ own, tally }) {
      const folder = await own.folder();
      const made = await Promise.allSettled(
        Array.from({ length: 10 }, (_, index) => fishCtl(['keys', 'create', `key${index}`], folder)),
      );
      const text = await readFile(join(folder, 'keys.json'), 'utf8');
      const { keys } = JSON.parse(text) as { keys: unknown[] };
      const succeeded = made.filter(({ status }) => status === 'fulfilled').length;
      tally.sent += 10;
      tally.saw('kept', keys.length);
      tally.check(
        keys.length === succeeded && succeeded === 10,
        `${succeeded} said that they were made, ${keys.length} were kept`,
      );
    },
  },
];
