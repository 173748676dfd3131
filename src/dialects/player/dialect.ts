import type { HttpDialect } from '../../http/options.ts';
import { playRoutes } from './play.ts';

/** Players of signed addresses: `<audio>` tags and smart speakers, which can send no key. */
export const player: HttpDialect = {
  name: 'player',
  paths: ['/tts/play/*'],
  openPaths: { '/tts/play/:name{.+}': 'signed' },
  errorBody: ({ message }) => ({ error: message }),
  mount: playRoutes,
};
