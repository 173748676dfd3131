import { settings } from '../src/config/config.ts';
import { isReloaded } from '../src/config/reload.ts';
import type { Setting } from '../src/config/values.ts';

/** The table of settings of docs/configuration.md, from the schema. */
export function configTable(): string {
  const rows = (Object.entries(settings) as [string, Setting<unknown>][]).map(
    ([key, { flag, env, about, default: standard }]) =>
      `| \`${key}\` | \`--${flag}\` | \`${env}\` | ${standard === '' ? '' : `\`${standard}\``} | ${about}${isReloaded(key) ? ' ↻' : ''} |`,
  );
  return ['| YAML key | flag | variable | default | what it does |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}
