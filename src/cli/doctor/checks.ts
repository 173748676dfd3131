import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { hasNativeRuntime } from '../../adapters/inference/runtimes.ts';
import { hasKernels, thisMachine } from '../../adapters/local/local.ts';
import { dataFolder, installedPacks } from '../../adapters/local/packs.ts';
import { keysFile, readKeysFile } from '../../adapters/local/private-files.ts';
import { type Config, ConfigError, chosenEngine, originsOf, strangeVariables } from '../../config/config.ts';
import { version } from '../../core/version.ts';
import { findPack } from '../../engine/onnx/packs/manifest.ts';
import { parseKeys } from '../../services/keys.ts';
import { ctlName } from '../ctl-name.ts';
import { readSettings } from '../flags.ts';
import { findProgram } from '../tts/output.ts';

/** What was looked at, and what is to be done where it is not well. */
export interface Finding {
  readonly what: string;
  /** `warning`: it works, but not as well as it could, or not for everybody. */
  readonly state: 'ok' | 'warning' | 'error';
  readonly found: string;
  readonly mend?: string | undefined;
}

const ANSWER_MS = 5000;
/** A clock that is further off makes signed addresses and certificates fail. */
const MAX_CLOCK_MS = 60_000;
const OTHERS = 0o077;
const OLDEST_NODE = 20;
/** `node:sqlite` is there without a flag from here on. */
const SQLITE_NODE = 22;

/** Looks at everything that an installation needs. Nothing is changed. */
export async function examine(env: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  const settings = await settingsFound(env);
  if (!settings.config) return [...versions(), ...settings.findings];
  const { config } = settings;
  const dataDir = dataFolder(config['onnx.data_dir']);
  const later = await Promise.all([
    port(config),
    folder(dataDir),
    keys(config, dataDir),
    voice(config, dataDir),
    inference(),
    upstreams(config),
    ffmpeg(),
  ]);
  return [...versions(), ...settings.findings, ...later.flat()];
}

function versions(): readonly Finding[] {
  const { bun, deno, node } = process.versions;
  const runtime = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;
  const what = 'versions';
  const found = `fish-edge ${version}, ${runtime}, ${process.platform} ${process.arch}`;
  const major = bun || deno ? Number.POSITIVE_INFINITY : Number(node.split('.')[0]);
  if (major < OLDEST_NODE) return [{ what, state: 'error', found, mend: 'install Node 20 or newer' }];
  if (major < SQLITE_NODE) {
    const mend =
      'install Node 22.13 or newer: without SQLite pronunciations and kept speech are lost with the server';
    return [{ what, state: 'warning', found, mend }];
  }
  return [{ what, state: 'ok', found }];
}

async function settingsFound(
  env: NodeJS.ProcessEnv,
): Promise<{ readonly config?: Config; readonly findings: readonly Finding[] }> {
  const what = 'settings';
  const strange: readonly Finding[] = strangeVariables(env).map((found) => ({
    what,
    state: 'warning',
    found,
  }));
  try {
    const config = await readSettings({ flags: {}, config: undefined, command: 'serve', json: false }, env);
    return { config, findings: [...strange, { what, state: 'ok', found: 'all of them are valid' }] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      findings: [...strange, ...error.problems.map((found) => ({ what, state: 'error', found }) as const)],
    };
  }
}

async function port(config: Config): Promise<Finding> {
  const { host, port: number } = config['server.listen'];
  const what = 'port';
  const place = `${host}:${number}`;
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port: number, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  if (!problem) return { what, state: 'ok', found: `${place} is free` };
  if (problem.code === 'EADDRINUSE') {
    const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
    const isOurs = await ask(`http://${name}:${number}/v1/health`).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isOurs) return { what, state: 'ok', found: `a server answers at ${place}` };
    return {
      what,
      state: 'error',
      found: `another program has ${place}`,
      mend: 'end it, or set FISH_LISTEN',
    };
  }
  return {
    what,
    state: 'error',
    found: `${place} cannot be taken: ${problem.code}`,
    mend: 'set FISH_LISTEN',
  };
}

async function folder(dataDir: string): Promise<Finding> {
  const what = 'data folder';
  let place = dataDir; // what is not there yet is made by the first start, in the nearest folder that is
  while (!(await stat(place).catch(() => undefined)) && dirname(place) !== place) place = dirname(place);
  try {
    await access(place, constants.R_OK | constants.W_OK);
  } catch (error) {
    const found = `${place} cannot be written: ${(error as NodeJS.ErrnoException).code}`;
    return { what, state: 'error', found, mend: 'give its user the right to, or set FISH_DATA_DIR' };
  }
  return { what, state: 'ok', found: place === dataDir ? dataDir : `${dataDir}, which will be made` };
}

async function keys(config: Config, dataDir: string): Promise<Finding> {
  const what = 'keys';
  const path = keysFile(config['auth.keys_file'], dataDir);
  try {
    const text = await readKeysFile(path);
    const count = parseKeys(text ?? '').length;
    if (text === undefined && config['auth.api_key'] === '' && config['auth.keys'] === '') {
      const mend = `${ctlName} keys create NAME, before others can reach the port`;
      return {
        what,
        state: 'warning',
        found: 'there is none: everybody who reaches the port is served',
        mend,
      };
    }
    const mode = (await stat(path).catch(() => undefined))?.mode ?? 0;
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0)
      return { what, state: 'warning', found: `${path} can be read by others`, mend: `chmod 600 ${path}` };
    return {
      what,
      state: 'ok',
      found: `${count} named, ${config['auth.api_key'] === '' ? 'no' : 'and one'} key in the settings`,
    };
  } catch (error) {
    return { what, state: 'error', found: `${path}: ${(error as Error).message}` };
  }
}

async function voice(config: Config, dataDir: string): Promise<Finding> {
  const what = 'voice';
  const installed = await installedPacks(dataDir);
  const voices = installed.flatMap((pack) => (pack.added ?? findPack(pack.id))?.voices ?? []);
  if (voices.length > 0) return { what, state: 'ok', found: installed.map(({ id }) => id).join(', ') };
  const isNeeded = chosenEngine(config) === 'onnx';
  return {
    what,
    state: 'warning',
    found: isNeeded
      ? 'none is installed: the first start fetches one'
      : 'none is installed that could stand in for the upstreams',
    mend: `${ctlName} models pull`,
  };
}

async function inference(): Promise<Finding> {
  const [native, kernels] = await Promise.all([hasNativeRuntime(), hasKernels()]);
  const { cores, freeBytes = 0 } = thisMachine();
  const machine = `${cores} cores, ${(freeBytes / 1e9).toFixed(1)} GB free`;
  const found = `${native ? 'native' : 'WebAssembly'}, kernels ${kernels ? 'there' : 'missing'}, ${machine}`;
  if (native || kernels) return { what: 'inference', state: 'ok', found };
  return {
    what: 'inference',
    state: 'warning',
    found,
    mend: 'install the package anew: speech takes twice the time',
  };
}

async function upstreams(config: Config): Promise<readonly Finding[]> {
  return Promise.all(
    originsOf(config).map(async ({ url }, index): Promise<Finding> => {
      const what = `upstream ${index + 1}`;
      try {
        const { headers } = await ask(url);
        const off = clockOff(headers.get('date'));
        if (off > MAX_CLOCK_MS) {
          const found = `answers, but its clock and this one are ${Math.round(off / 1000)} s apart`;
          return { what, state: 'warning', found, mend: 'set the clock: timedatectl set-ntp true' };
        }
        return { what, state: 'ok', found: `${url} answers` };
      } catch (error) {
        const { cause, message } = error as Error;
        const why = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
        return {
          what,
          state: 'error',
          found: `${url} does not answer: ${why}`,
          mend: 'is it running, and is the address right?',
        };
      }
    }),
  );
}

function clockOff(date: string | null): number {
  const there = Date.parse(date ?? '');
  return Number.isNaN(there) ? 0 : Math.abs(there - Date.now());
}

async function ffmpeg(): Promise<Finding> {
  const path = await findProgram('ffmpeg');
  const what = 'ffmpeg';
  if (path) return { what, state: 'ok', found: path };
  const found = 'not there: AAC and Vorbis cannot be transcribed';
  return { what, state: 'warning', found, mend: 'install ffmpeg, if you need them' };
}

/** Any answer is one. */
async function ask(url: string): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS), redirect: 'manual' });
  await response.body?.cancel();
  return response;
}
