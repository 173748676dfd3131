import type { Listener } from '../adapters/local.ts';
import type { Config } from '../config/config.ts';
import { chosenEngine } from '../config/load.ts';
import { originsOf } from '../config/origins.ts';

/** Where it listens, what speaks, and one line that works as pasted. */
export function greeting(config: Config, { host, port }: Listener, voice: string): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  const key = config['auth.api_key'] === '' ? '' : ` -H "Authorization: Bearer $FISH_API_KEY"`;
  const origins = originsOf(config).map(({ url }) => url);
  const source =
    chosenEngine(config) === 'fish' ? `the origin ${origins.join(', ')}` : `the embedded voice ${voice}`;
  return [
    `fish-edge listens on http://${host.includes(':') ? `[${host}]` : host}:${port} and speaks with ${source}. Try:`,
    '',
    `  curl http://${name}:${port}/v1/audio/speech${key} -H 'Content-Type: application/json' \\`,
    `    -d '{"input":"Hello! It is half past nine, and the sea is calm.","response_format":"wav"}' -o hello.wav`,
    '',
  ].join('\n');
}
