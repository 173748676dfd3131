import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { environmentWith } from '../../test/clients/python.ts';
import { hasRuntime, type Runtime } from '../../test/conformance/server.ts';
import { startFakeOrigin } from '../../test/fake-origin.ts';
import { allRuntimes } from '../case.ts';
import { startDefault } from '../servers.ts';

const packages = ['schemathesis==4.32.5', 'msgpack==1.1.2'];
const secret = 'a-key-of-the-fuzz';
const defaults = { examples: 25, seconds: 300 } as const;
const most = { examples: 1000, seconds: 3600 } as const;
/** What it does after its time is up: the case in hand, shrinking, the report. */
const graceMs = 120_000;
const checks = [
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'honest_server_error',
  'nothing_told',
];

const help = `Usage: npm run fuzz -- [--runtime NAME] [--examples N] [--time SECONDS] [--seed N] [--only REGEX] [--python PROGRAM] [--help]

  --runtime   ${allRuntimes.join(', ')} (node)
  --examples  how many requests each route gets at most by chance, besides those of its limits (${defaults.examples}, at most ${most.examples})
  --time      seconds after which it ends (${defaults.seconds}, at most ${most.seconds})
  --seed      the same requests again
  --only      routes whose path matches
  --python    3.11 or newer (python3)

Asks a server on loopback, with a key and in front of a fake origin, for everything that its /openapi.json describes, in right
and wrong ways, by schemathesis. Every status and type of an answer must be described, every JSON as its schema says, a 5xx one
of 501 to 504 with an error in it, and no body may tell of the machine. The exit code is 1 when one is not so, 0 when all are, and
3 where it cannot run, for want of Python or of schemathesis, which is fetched into .cache/clients.
`;
const CANNOT_RUN = 3;
/** The summary is at the end of what it prints. */
const SUMMARY_CHARS = 10_000;

interface Plan {
  readonly runtime: Runtime;
  readonly examples: number;
  readonly seconds: number;
  readonly seed: string | undefined;
  readonly only: string | undefined;
  readonly python: string;
}

/** @throws for what there is not, and what is out of range */
function readPlan(argv: readonly string[]): Plan | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      runtime: { type: 'string', default: 'node' },
      examples: { type: 'string', default: String(defaults.examples) },
      time: { type: 'string', default: String(defaults.seconds) },
      seed: { type: 'string' },
      only: { type: 'string' },
      python: { type: 'string', default: 'python3' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { only, python, seed } = values;
  const runtime = allRuntimes.find((name) => name === values.runtime);
  if (!runtime)
    throw new Error(`There is no runtime ${values.runtime}; there are ${allRuntimes.join(', ')}.`);
  if (seed !== undefined) countOf('seed', seed, Number.MAX_SAFE_INTEGER);
  const examples = countOf('examples', values.examples, most.examples);
  return { runtime, examples, seconds: countOf('time', values.time, most.seconds), seed, only, python };
}

function countOf(option: string, text: string, largest: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > largest) throw new Error(`--${option} is a whole number from 1 to ${largest}.`);
  return value;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  const plan = readPlan(process.argv.slice(2));
  if (plan === 'help') {
    process.stdout.write(help);
    return 0;
  }
  if (!hasRuntime(plan.runtime)) throw new Error(`${plan.runtime} is not installed; npm ci brings it.`);
  const python = await pythonOf(plan);
  if (python === undefined) return CANNOT_RUN;
  const folder = await mkdtemp(join(tmpdir(), 'fish-edge-fuzz-'));
  const origin = await startFakeOrigin({ secondsPerWord: 0.05, references: ['anna'] });
  const server = await startDefault(
    plan.runtime,
    {
      FISH_BACKEND: origin.url,
      FISH_API_KEY: secret,
      FISH_DATA_DIR: folder,
      FISH_KEYS_FILE: join(folder, 'keys.json'), // it makes keys: those of the next tests' servers are none of it
      LLM_BASE_URL: 'http://127.0.0.1:9', // nobody listens there
      FISH_LOG_LEVEL: 'error',
    },
    { dataDir: folder },
  );
  try {
    const code = await fuzz(plan, python, server.url, folder);
    if (server.stderr().includes('Error')) say(server.stderr());
    return code;
  } finally {
    await server.stop();
    await origin.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** One that has schemathesis; undefined, and said why, where there is none. */
async function pythonOf({ python }: Plan): Promise<string | undefined> {
  if (spawnSync(python, ['--version']).status !== 0) {
    say(`SKIPPED: there is no ${python} here.`);
    return undefined;
  }
  try {
    return await environmentWith(packages, python, new AbortController().signal);
  } catch (error) {
    say(`SKIPPED: schemathesis could not be installed: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

async function fuzz(
  { examples, seconds, seed, only }: Plan,
  python: string,
  url: string,
  folder: string,
): Promise<number> {
  const args = [
    ...['-m', 'schemathesis.cli', '--no-color', 'run', `${url}/openapi.json`],
    ...['--header', `Authorization: Bearer ${secret}`, '--checks', checks.join(',')],
    ...[
      '--phases',
      'examples,coverage,fuzzing',
      '--max-examples',
      String(examples),
      '--max-time',
      String(seconds),
    ],
    ...['--request-timeout', '30', '--continue-on-failure', '--generation-database', 'none'],
    ...['--suppress-health-check', 'all', '--warnings', 'off'],
    ...(seed === undefined ? [] : ['--seed', seed]),
    ...(only === undefined ? [] : ['--include-path-regex', only]),
  ];
  const child = spawn(python, args, {
    cwd: folder, // it keeps notes where it runs
    env: {
      ...process.env,
      SCHEMATHESIS_HOOKS: 'hooks',
      PYTHONPATH: import.meta.dirname,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    told = (told + text).slice(-SUMMARY_CHARS);
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  const timer = setTimeout(
    () => {
      say('It did not end in time.');
      end();
    },
    seconds * 1000 + graceMs,
  );
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  process.off('exit', end);
  if (code !== 0) return 1;
  const [, tested = '0'] = /^ *Tested: *(\d+)/m.exec(told) ?? [];
  if (Number(tested) > 0) return 0;
  say('No route was asked for anything: --time is too short, or --only matches none.');
  return 1;
}

main()
  .then((code) => process.exit(code))
  .catch((error: unknown) => {
    say(`fuzz: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  });
