import { fishSettings } from './fish-settings.ts';
import { limitsSettings } from './limits-settings.ts';
import { liveSettings } from './live-settings.ts';
import { serverSettings } from './server-settings.ts';
import type { Parsed } from './setting.ts';
import { storageSettings } from './storage-settings.ts';
import { voiceSettings } from './voice-settings.ts';

/** The one table of settings: parsing, `--help`, the README's table and the type of the configuration all come from it. */
export const settings = {
  ...serverSettings,
  ...fishSettings,
  ...voiceSettings,
  ...limitsSettings,
  ...liveSettings,
  ...storageSettings,
};

/** All settings, parsed, under their YAML names. Durations are milliseconds, sizes bytes. */
export interface Config extends Parsed<typeof settings> {}
