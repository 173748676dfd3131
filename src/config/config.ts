import { type FishConfig, fishSettings } from './fish-settings.ts';
import { type LimitsConfig, limitsSettings } from './limits-settings.ts';
import { type LiveConfig, liveSettings } from './live-settings.ts';
import { type ServerConfig, serverSettings } from './server-settings.ts';
import type { Setting } from './setting.ts';
import { type StorageConfig, storageSettings } from './storage-settings.ts';
import { type VoiceConfig, voiceSettings } from './voice-settings.ts';

/** All settings, parsed, under their YAML names. Durations are milliseconds, sizes bytes. */
export interface Config
  extends ServerConfig,
    FishConfig,
    VoiceConfig,
    LimitsConfig,
    LiveConfig,
    StorageConfig {}

/** The one table of settings: parsing, `--help` and the README's table all come from it. */
export const settings: { readonly [K in keyof Config]: Setting<Config[K]> } = {
  ...serverSettings,
  ...fishSettings,
  ...voiceSettings,
  ...limitsSettings,
  ...liveSettings,
  ...storageSettings,
};
