import type { FishConfig } from './fish-settings.ts';
import type { LimitsConfig } from './limits-settings.ts';
import type { LiveConfig } from './live-settings.ts';
import type { ServerConfig } from './server-settings.ts';
import type { StorageConfig } from './storage-settings.ts';
import type { VoiceConfig } from './voice-settings.ts';

/** All settings, parsed, under their YAML names. Durations are milliseconds, sizes bytes. */
export interface Config
  extends ServerConfig,
    FishConfig,
    VoiceConfig,
    LimitsConfig,
    LiveConfig,
    StorageConfig {}
