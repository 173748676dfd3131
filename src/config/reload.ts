import { type Config, settings } from './config.ts';

/** What SIGHUP takes over while speech runs: who speaks, who may ask, and how much. A name with a dot at its end is a section. */
const reloaded: readonly string[] = [
  ...['backend.url', 'backend.api_key', 'fish.origins', 'fish.slots', 'fish.model', 'upstreams'],
  ...['auth.api_key', 'auth.keys', 'auth.open_voices', 'limits.', 'live.', 'voices.', 'links.'],
  ...['server.trusted_proxies', 'server.cors_origins', 'fish.strict_errors', 'metrics.open', 'logging.level'],
];
/** Of these sections, what the runtime's own server was started with. */
const fixed: readonly string[] = ['limits.max_body'];

type Key = keyof typeof settings;

export function isReloaded(key: string): boolean {
  const isNamed = (name: string): boolean => (name.endsWith('.') ? key.startsWith(name) : key === name);
  return !fixed.includes(key) && reloaded.some(isNamed);
}

/** `now` with what of `next` holds without a restart. */
export function reloadedConfig(now: Config, next: Config): Config {
  const taken = Object.entries(next).filter(([key]) => isReloaded(key));
  return Object.freeze({ ...now, ...Object.fromEntries(taken) });
}

/** The names of the settings that are others in `next`; of secrets too, as names are none. */
export function changedSettings(now: Config, next: Config): readonly Key[] {
  const keys = Object.keys(settings) as Key[];
  return keys.filter((key) => spelt(now[key]) !== spelt(next[key]));
}

function spelt(setting: unknown): string {
  return JSON.stringify(setting, (_, value: unknown) => (value instanceof Map ? [...value] : value));
}
