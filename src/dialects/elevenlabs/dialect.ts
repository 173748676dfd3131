import type { HttpDialect } from '../../http/options.ts';
import { errorBody } from './error-body.ts';
import { socketRoutes, streamInputPath } from './socket.ts';
import { speechPaths, speechRoutes } from './speech.ts';
import { voiceRoutes } from './voices.ts';

/** Addresses that OpenAI's surface has too: the key's header says whose they are. */
const shared: ReadonlySet<string> = new Set(['/v1/voices', '/v1/models']);
const keyHeader = 'xi-api-key';

/** ElevenLabs' text to speech (docs/decisions/0030). */
export const elevenlabs: HttpDialect = {
  name: 'elevenlabs',
  paths: ['/v1/text-to-speech/*', '/v1/voices/:id', '/v2/voices/*', '/v1/user/*', '/elevenlabs/*'],
  openPaths: { [streamInputPath]: 'late' },
  speechPaths,
  errorBody,
  token: ({ headers }) => headers.get(keyHeader) ?? undefined,
  canonicalPath: (path, headers) =>
    shared.has(path) && headers.has(keyHeader) ? `/elevenlabs${path}` : path,
  mount(app, deps) {
    speechRoutes(app, deps);
    socketRoutes(app, deps);
    voiceRoutes(app, deps);
  },
};
