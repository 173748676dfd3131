import type { Listener } from '../adapters/local/local.ts';
import type { App } from '../app.ts';

/**
 * The first SIGTERM or SIGINT stops accepting and lets running speech finish, for `graceMs` at most; then exit 0.
 * A second signal exits at once.
 */
export function stopOnSignals(app: App, listener: Listener, graceMs: number): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) process.exit(130);
    stopping = true;
    app.log.info('stopping', { signal, active: app.active(), grace_ms: graceMs });
    app.drain();
    const cut = setTimeout(() => listener.kill(), graceMs);
    await listener.stop();
    clearTimeout(cut);
    await app.close();
    app.log.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
