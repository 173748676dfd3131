/** What an inference thread runs on Node, Bun and Deno. */
import * as ort from 'onnxruntime-web';
import { serveFromThread } from './thread.ts';

serveFromThread(ort);
