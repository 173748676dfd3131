import { type Config, ConfigError } from '../config/config.ts';
import type { Policy } from '../core/engine.ts';
import type { Ports } from '../core/ports.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Embedded } from './embedded.ts';

/** `imports` of package.json puts these in the place of `embedded.ts` on Workers, which hold no voice (decision 8). */

const noEmbeddedVoice =
  'engine: Workers cannot hold an embedded voice; set FISH_BACKEND to the address of a Fish-Speech server';

/** @throws ConfigError always */
export function embedded(_config: Config, _ports: Ports, _log: Logger): Embedded {
  throw new ConfigError([noEmbeddedVoice]);
}

export function standInFor(_config: Config, _ports: Ports, _log: Logger): readonly Policy[] {
  return [];
}
