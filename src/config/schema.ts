import type { Config } from './config.ts';
import { fishSettings } from './fish-settings.ts';
import { limitsSettings } from './limits-settings.ts';
import { liveSettings } from './live-settings.ts';
import { serverSettings } from './server-settings.ts';
import type { Setting } from './setting.ts';
import { storageSettings } from './storage-settings.ts';
import { voiceSettings } from './voice-settings.ts';

/** The one table of settings: parsing, `--help` and the README's table all come from it. */
export const settings: { readonly [K in keyof Config]: Setting<Config[K]> } = {
  ...serverSettings,
  ...fishSettings,
  ...voiceSettings,
  ...limitsSettings,
  ...liveSettings,
  ...storageSettings,
};
