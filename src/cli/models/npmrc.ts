import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'ini';

export type Env = Readonly<Record<string, string | undefined>>;

/** One layer of settings, by their names in `.npmrc`. */
type Layer = Readonly<Record<string, unknown>>;

/** What the user told npm, the strongest of its places first. */
export class NpmSettings {
  readonly #layer: Layer;
  readonly #home: string;

  constructor(layer: Layer, home: string) {
    this.#layer = layer;
    this.#home = home;
  }

  /** Undefined when it is not set, or is set to nothing. */
  text(name: string): string | undefined {
    const value = this.#layer[name];
    const text = Array.isArray(value) ? value.join(',') : String(value ?? '');
    return text === '' || text === 'null' || text === 'false' ? undefined : text;
  }

  isOff(name: string): boolean {
    return String(this.#layer[name]) === 'false';
  }

  isOn(name: string): boolean {
    return String(this.#layer[name]) === 'true';
  }

  /** Its values; in the environment an empty line is between them. */
  list(name: string): readonly string[] | undefined {
    const value = this.#layer[name];
    return Array.isArray(value) ? value.map(String) : this.text(name)?.split('\n\n');
  }

  path(name: string): string | undefined {
    return pathFrom(this.text(name), this.#home);
  }
}

/**
 * The user's own settings as npm reads them: environment, `.npmrc` of the project, of the user, of all users, and of npm itself.
 * `@npmcli/config`, which does this for npm, brings 31 packages, writes to the environment and knows 180 settings; we need a dozen.
 */
export async function readNpmSettings(env: Env): Promise<NpmSettings> {
  const home = env.HOME || homedir();
  const fromEnv = environmentLayer(env);
  const settings = (layer: Layer): NpmSettings => new NpmSettings(layer, home);
  const userFile = settings(fromEnv).path('userconfig') ?? join(home, '.npmrc');
  const projectFile = join(env.npm_config_local_prefix ?? (await projectFolder()), '.npmrc');
  const user = await fileLayer(userFile, env);
  const project = projectFile === userFile ? {} : await fileLayer(projectFile, env);
  const chosen = settings({ ...user, ...project, ...fromEnv });
  const prefix = settings({ ...user, ...fromEnv }).path('prefix') ?? defaultPrefix(env);
  const everyones = await fileLayer(chosen.path('globalconfig') ?? join(prefix, 'etc/npmrc'), env);
  // Under `npm start` npm says where it lives; `.../bin/npm-cli.js`, with an npmrc two folders up.
  const own = env.npm_execpath ? await fileLayer(resolve(env.npm_execpath, '../../npmrc'), env) : {};
  return settings({ ...own, ...everyones, ...user, ...project, ...fromEnv });
}

/** `npm_config_strict_ssl` is `strict-ssl`; keys of hosts (`npm_config_//host/:_authToken`) stay as they are. */
function environmentLayer(env: Env): Layer {
  const layer: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(env)) {
    if (!value || !/^npm_config_/i.test(key)) continue;
    const name = key.slice('npm_config_'.length);
    layer[name.startsWith('//') ? name : name.replace(/(?!^)_/g, '-').toLowerCase()] = fillIn(value, env);
  }
  return layer;
}

/** A file that is not there, or that nobody may read, says nothing. */
async function fileLayer(path: string, env: Env): Promise<Layer> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const layer: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(parse(text))) {
    const filled = Array.isArray(value) ? value.map((each) => fillIn(each, env)) : fillIn(value, env);
    layer[fillIn(key, env)] = filled;
  }
  return layer;
}

/** `${NAME}` becomes a variable's value, `${NAME?}` also nothing; a backslash before it keeps it as it is. */
function fillIn<T>(value: T, env: Env): T | string {
  if (typeof value !== 'string') return value;
  const expression = /(?<!\\)(\\*)\$\{([^${}?]+)(\?)?\}/g;
  return value.trim().replace(expression, (whole, escapes: string, name: string, optional?: string) => {
    if (escapes.length % 2) return whole.slice((escapes.length + 1) / 2);
    return escapes.slice(escapes.length / 2) + (env[name] ?? (optional ? '' : `\${${name}}`));
  });
}

/** The nearest folder upwards that holds a package; else the current one. */
async function projectFolder(): Promise<string> {
  const cwd = process.cwd();
  for (let folder = cwd; ; folder = dirname(folder)) {
    for (const sign of ['package.json', 'node_modules']) {
      if (await stat(join(folder, sign)).catch(() => undefined)) return folder;
    }
    if (folder === dirname(folder)) return cwd;
  }
}

function defaultPrefix(env: Env): string {
  if (env.PREFIX) return env.PREFIX;
  const bin = dirname(env.npm_node_execpath ?? process.execPath);
  return process.platform === 'win32' ? bin : join(env.DESTDIR ?? '/', dirname(bin));
}

function pathFrom(text: string | undefined, home: string): string | undefined {
  if (text === undefined) return undefined;
  return /^~[/\\]/.test(text) ? join(home, text.slice(2)) : resolve(text);
}
