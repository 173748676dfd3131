import { firstIssue } from '../core/first-issue.ts';
import type { UpstreamKind } from '../core/upstream.ts';
import { customVoiceSettings } from './custom-voice-settings.ts';
import { fishSettings } from './fish-settings.ts';
import { limitsSettings } from './limits-settings.ts';
import { listeningSettings } from './listening-settings.ts';
import { modelSettings } from './model-settings.ts';
import { nearest } from './nearest.ts';
import { operateSettings } from './operate-settings.ts';
import { otelSettings } from './otel-settings.ts';
import { liveSettings, serverSettings } from './server-settings.ts';
import { storageSettings } from './storage-settings.ts';
import type { Parsed, Setting } from './values.ts';
import type { Origin, Upstream } from './values-origin.ts';
import { voiceSettings } from './voice-settings.ts';

/** The one table of settings: parsing, `--help`, the table of docs/configuration.md and the type of the configuration all come from it. */
export const settings = {
  ...serverSettings,
  ...fishSettings,
  ...voiceSettings,
  ...customVoiceSettings,
  ...limitsSettings,
  ...liveSettings,
  ...modelSettings,
  ...listeningSettings,
  ...storageSettings,
  ...operateSettings,
  ...otelSettings,
};

/** All settings, parsed, under their YAML names. Durations are milliseconds, sizes bytes. */
export interface Config extends Parsed<typeof settings> {}

/** Where settings come from, strongest first: flags, environment, file. Anything unset takes its default. */
export interface ConfigSources {
  /** By flag name without dashes. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The parsed YAML document, and what to call it in messages. */
  readonly file?: { readonly name: string; readonly content: unknown };
}

/** Every wrong value at once, one line each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** @throws ConfigError naming every bad setting and where it was set */
export function loadConfig(sources: ConfigSources): Config {
  const problems: string[] = [];
  const fromFile = sources.file ? flatten(sources.file, problems) : new Map<string, unknown>();
  const parsed: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings) as [string, Setting<unknown>][]) {
    const { value, source } = pick(key, setting, sources, fromFile);
    const result = setting.schema.safeParse(value);
    if (result.success) parsed[key] = result.data;
    else problems.push(`${source}: ${firstIssue(result.error).message}${shown(setting, value)}`);
  }
  const config = Object.freeze(parsed) as unknown as Config;
  if (problems.length === 0) problems.push(...contradictions(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** A setting as it was given, for people. */
export interface ExplainedSetting {
  readonly key: string;
  /** As it was written; the default where it is not set. Undefined where it is a secret that is set. */
  readonly value: unknown;
  /** A flag, a variable, a file with its key, or `default`. */
  readonly source: string;
}

/** What every setting is, and who says so; secrets are not told. @throws ConfigError for what `loadConfig` throws */
export function explainConfig(sources: ConfigSources): readonly ExplainedSetting[] {
  loadConfig(sources);
  const fromFile = sources.file ? flatten(sources.file, []) : new Map<string, unknown>();
  return (Object.entries(settings) as [string, Setting<unknown>][]).map(([key, setting]) => {
    const { value, source } = pick(key, setting, sources, fromFile);
    const isHidden = value !== '' && (setting.secret === true || JSON.stringify(value).includes('@'));
    return { key, value: isHidden ? undefined : value, source: source === key ? 'default' : source };
  });
}

/** Variables that look like settings and are none, with what was probably meant. Others than this server may own such names. */
export function strangeVariables(env: ConfigSources['env']): readonly string[] {
  const known = [...Object.values(settings).map((setting) => setting.env), ...otherVariables];
  const strange = Object.keys(env).filter((name) => name.startsWith('FISH_') && !known.includes(name));
  return strange.map((name) => `${name} is not a setting${didYouMean(nearest(name, known))}`);
}

/** Read by commands, before there are settings or without them. */
const otherVariables = ['FISH_CONFIG', 'FISH_SERVER', 'FISH_PROCESS'];

function didYouMean(name: string | undefined): string {
  return name === undefined ? '' : `; did you mean ${name}?`;
}

/** Threads of each inference worker, where nothing was measured. */
export function inferenceThreads({ 'onnx.threads': threads }: Config): number {
  return threads === 'auto' ? 1 : threads;
}

/** Which engine `auto` means: an origin if one is configured, else the embedded voice. */
export function chosenEngine(config: Config): 'fish' | 'onnx' {
  if (config.engine !== 'auto') return config.engine;
  return originsOf(config).length === 0 ? 'onnx' : 'fish';
}

function pick(
  key: string,
  setting: Setting<unknown>,
  sources: ConfigSources,
  fromFile: ReadonlyMap<string, unknown>,
): { value: unknown; source: string } {
  const flag = setting.flag === undefined ? undefined : sources.flags[setting.flag];
  if (flag !== undefined) return { value: flag, source: `--${setting.flag}` };
  const env = sources.env[setting.env];
  if (env !== undefined && env !== '') return { value: env, source: setting.env };
  if (fromFile.has(key)) return { value: fromFile.get(key), source: `${sources.file?.name}: ${key}` };
  return { value: setting.default, source: key };
}

function shown(setting: Setting<unknown>, value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  if (setting.secret || value === '' || text.includes('@')) return ''; // before an @ there may be a password
  return ` (got ${text.slice(0, 80)})`;
}

function contradictions(config: Config): string[] {
  if (config['transcription.engine'] === 'upstream' && config['transcription.url'] === '') {
    return ['transcription.engine: is upstream, but no address is set; set FISH_TRANSCRIPTION_URL'];
  }
  if (config.engine === 'fish' && originsOf(config).length === 0) {
    return ['engine: is fish, but no origin is set; set FISH_BACKEND to the address of a Fish-Speech server'];
  }
  if (
    config['files.store'].startsWith('http') &&
    !(config['files.s3_access_key'] && config['files.s3_secret_key'])
  ) {
    return [
      'files.store: is a bucket, but its keys are not set; set FISH_S3_ACCESS_KEY and FISH_S3_SECRET_KEY',
    ];
  }
  return [...upstreamContradictions(config)];
}

/** YAML sections to dotted keys; unknown keys are problems, not silence. */
function flatten(file: { name: string; content: unknown }, problems: string[]): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  const visit = (node: unknown, path: string): void => {
    if (path in settings) {
      if (node !== null) flat.set(path, node);
    } else if (typeof node === 'object' && node !== null && !Array.isArray(node) && isSection(path)) {
      for (const [key, child] of Object.entries(node)) visit(child, path === '' ? key : `${path}.${key}`);
    } else if (node !== null) {
      const meant = nearest(path, Object.keys(settings));
      problems.push(`${file.name}: ${path || 'the file'} is not a setting${didYouMean(meant)}`);
    }
  };
  visit(file.content, '');
  return flat;
}

function isSection(path: string): boolean {
  return path === '' || Object.keys(settings).some((key) => key.startsWith(`${path}.`));
}

/** Every upstream of the configuration: the addresses of `backend.url`, then `fish.origins`, each of which counts once, then `upstreams`. */
export function originsOf(config: Config): readonly Upstream[] {
  return [...fishOrigins(config), ...config.upstreams];
}

function fishOrigins(config: Config): readonly Upstream[] {
  const plain: readonly Origin[] = config['backend.url'].map((url) => ({
    url,
    key: config['backend.api_key'],
    slots: config['fish.slots'],
    weight: 1,
    drain: false,
  }));
  const byUrl = new Map<string, Upstream>();
  for (const origin of [...plain, ...config['fish.origins']]) {
    const kind = kindOf(origin);
    const model = kind === 'fish-cloud' ? (origin.model ?? config['fish.model']) : undefined;
    byUrl.set(origin.url, { ...origin, kind, model });
  }
  return [...byUrl.values()];
}

const CLOUD_HOST = 'api.fish.audio';

/** The Fish Audio cloud is known by its host, or because it was given a model. */
function kindOf({ url, model }: Pick<Origin, 'url' | 'model'>): UpstreamKind {
  const isCloud = model !== undefined || (URL.canParse(url) && new URL(url).hostname === CLOUD_HOST);
  return isCloud ? 'fish-cloud' : 'fish';
}

/** What cannot be true of several upstreams, a line each. */
function upstreamContradictions(config: Config): readonly string[] {
  const all = originsOf(config);
  const addresses = all.map(({ url }) => url.replace(/\/v1$/, '')); // of one server, as it may be written
  const twice = new Set(addresses.filter((url, i) => addresses.indexOf(url) !== i));
  const problems = [...twice].map((url) => `upstreams: two of them have the address ${url}`);
  const claims = new Map<string, Upstream>();
  const claimedTwice = new Set<string>();
  for (const upstream of all) {
    for (const voice of upstream.voices ?? []) {
      const other = claims.get(voice) ?? upstream;
      claims.set(voice, other);
      if (familyOf(other) === familyOf(upstream) || claimedTwice.has(voice)) continue;
      claimedTwice.add(voice);
      problems.push(
        `upstreams: the voice ${voice} is claimed by ${other.url} (${familyOf(other)}) and by ${upstream.url} (${familyOf(upstream)}), which would speak it differently`,
      );
    }
  }
  return problems;
}

function familyOf({ kind, model }: Upstream): string {
  return model === undefined ? kind : `${kind}, ${model}`;
}
