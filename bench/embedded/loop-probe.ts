/**
 * Loaded into a server process before its own code (`--import`, `--preload`): watches the event loop of the main thread.
 * SIGUSR2 makes it print what it saw since the last time, as one JSON line among the log lines.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** Milliseconds between two looks. */
const resolution = 1;
const nanoseconds = 1e6;
const percent = 99;

if (isMainThread) {
  const delays = monitorEventLoopDelay({ resolution });
  delays.enable();
  process.on('SIGUSR2', () => {
    const seen = {
      message: 'loop-probe',
      p99_ms: delays.percentile(percent) / nanoseconds,
      max_ms: delays.max / nanoseconds,
      looks: delays.count,
      peak_kb: process.resourceUsage().maxRSS,
    };
    delays.reset();
    process.stdout.write(`${JSON.stringify(seen)}\n`);
  });
}
