import type { Listener } from '../adapters/local/local.ts';
import type { Config } from '../config/config.ts';
import { chosenEngine } from '../config/load.ts';
import { originsOf } from '../config/origins.ts';

/** Whether others than this machine reach the port. */
export function isPublic({ host }: Pick<Listener, 'host'>): boolean {
  return host !== 'localhost' && host !== '::1' && !host.startsWith('127.');
}

export const openWarning = 'everybody who reaches this port can use this server: no key is set';
export const openMend =
  'npm run fish-ctl -- keys create NAME   (or FISH_API_KEY=..., or FISH_LISTEN=127.0.0.1:8080 for this machine alone)';

/** Where it listens, what speaks, and one line that works as pasted; a warning where everybody may come in. */
export function greeting(config: Config, listener: Listener, voice: string, needsKey: boolean): string {
  const { host, port } = listener;
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
    ...(needsKey || !isPublic(listener)
      ? []
      : [`WARNING: ${openWarning}. Mend it with:`, '', `  ${openMend}`, '']),
  ].join('\n');
}
