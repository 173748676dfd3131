/** What an inference thread runs on Node, Bun and Deno. */
import { openEither } from './runtimes.ts';
import { serveFromThread } from './thread.ts';

serveFromThread(openEither(() => import('onnxruntime-web')));
