import { type Runtime, startServer } from '../test/conformance/server.ts';

const deadlineMs = 20_000;

/** Nobody answers there, and nobody asks. */
export const nowhere = 'http://127.0.0.1:9';

/** Milliseconds from starting the process of a server to its "listens on" line. */
export async function timeStart(runtime: Runtime, env: Readonly<Record<string, string>>): Promise<number> {
  const began = performance.now();
  const server = await startServer(runtime, { env });
  const ms = performance.now() - began;
  server.signal('SIGTERM'); // as an operator ends it: what a server keeps for its next start, it may keep
  const timer = setTimeout(() => void server.stop(), deadlineMs);
  await server.exited;
  clearTimeout(timer);
  return ms;
}
