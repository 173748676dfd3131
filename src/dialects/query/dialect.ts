import type { HttpDialect } from '../../http/options.ts';
import { ttsQueryRoutes } from './speak.ts';

/** The query API of the VITS service: text in an address, audio or the address of a file out. */
export const query: HttpDialect = {
  name: 'query',
  paths: ['/tts/*', '/audio/:file{[^/]+\\.wav}/*'],
  speechPaths: ['/tts/stream'],
  errorBody: ({ message }) => ({ error: message }),
  mount: ttsQueryRoutes,
};
