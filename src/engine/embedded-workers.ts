import { type Config, ConfigError } from '../config/config.ts';
import type { Policy } from '../core/engine.ts';
import type { Ports } from '../core/ports.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Embedded } from './embedded.ts';

/** `imports` of package.json puts these in the place of `embedded.ts` in an ordinary Worker, which holds no voice; wrangler.voice.toml does not (decision 8). */

const noEmbeddedVoice =
  'engine: this Worker cannot hold an embedded voice; set FISH_BACKEND to the address of a Fish-Speech server, or deploy wrangler.voice.toml';

/** @throws ConfigError always */
export function embedded(_config: Config, _ports: Ports, _log: Logger): Embedded {
  throw new ConfigError([noEmbeddedVoice]);
}

export function standInFor(_config: Config, _ports: Ports, _log: Logger): readonly Policy[] {
  return [];
}
