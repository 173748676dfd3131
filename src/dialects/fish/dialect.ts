import type { HttpDialect } from '../../http/options.ts';
import { fishAsrRoutes } from './asr.ts';
import { fishCloudRoutes } from './cloud.ts';
import { fishErrorBody } from './error-body.ts';
import { healthRoutes } from './health.ts';
import { liveRoutes } from './live.ts';
import { referenceRoutes } from './references.ts';
import { fishRoutes } from './tts.ts';
import { vqganRoutes } from './vqgan.ts';

/** Of Fish-Speech, of Fish-Speech-Go and of the Fish Audio cloud. */
export const fish: HttpDialect = {
  name: 'fish',
  paths: [
    ...['/v1/tts/*', '/v1/references/*', '/v1/vqgan/*', '/v1/health/*', '/v1/asr/*'],
    ...['/model/*', '/wallet/*'],
  ],
  openPaths: { '/v1/health': 'probe' },
  speechPaths: ['/v1/tts', '/v1/tts/stream/with-timestamp'],
  errorBody: fishErrorBody,
  mount(app, deps) {
    fishRoutes(app, deps);
    fishAsrRoutes(app, deps);
    fishCloudRoutes(app, deps);
    liveRoutes(app, deps);
    referenceRoutes(app, deps);
    vqganRoutes(app, deps);
    healthRoutes(app, deps);
  },
};
