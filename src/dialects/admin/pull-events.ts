import type { Clock, PullProgress } from '../../core/ports.ts';
import { errorOf, meaningOf, usualErrorBody } from '../../http/error-response.ts';
import { event, waitAlive } from '../../http/sse.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { pullStream } from '../../stream/pull.ts';

export interface PullEventsOptions {
  readonly clock: Clock;
  /** Ends by itself when `signal` aborts. */
  readonly work: (onProgress: (progress: PullProgress) => void, signal: AbortSignal) => Promise<void>;
  /** Told once how it ended, whoever still listens. */
  readonly onEnd: (outcome: 'pulled' | 'pull_failed' | 'pull_cancelled', cause?: unknown) => void;
}

/** A quicker one is not seen. */
const EVERY_MS = 200;

/**
 * A pull as server-sent events: `model.pull.progress` as it goes on, then `model.pull.done`, or `error` with OpenAI's body. Only
 * the newest progress waits for a client that is slow; one that leaves stops the pull.
 */
export function pullEvents(
  name: string,
  { clock, work, onEnd }: PullEventsOptions,
): ReadableStream<Uint8Array> {
  let isOver = false;
  const end: typeof onEnd = (outcome, cause) => {
    if (!isOver) onEnd(outcome, cause);
    isOver = true;
  };
  return pullStream(
    async function* (signal) {
      let latest: PullProgress | undefined;
      let tell = (): void => {};
      const onProgress = (progress: PullProgress): void => {
        latest = progress;
        tell();
      };
      let failure: unknown;
      let isDone = false;
      const done = work(onProgress, signal).then(
        () => {
          isDone = true;
          end('pulled');
        },
        (error: unknown) => {
          failure = error;
          const hasLeft = signal.aborted || error instanceof ClientGone;
          end(hasLeft ? 'pull_cancelled' : 'pull_failed', error);
        },
      );
      const isEnded = (): boolean => isDone || failure !== undefined;
      while (!isEnded()) {
        const news = new Promise<void>((resolve) => {
          tell = resolve;
          if (latest) resolve();
        });
        yield* waitAlive(Promise.race([done, news]), clock);
        if (latest && !isEnded())
          yield event({ type: 'model.pull.progress', model: name, ...showProgress(latest) });
        latest = undefined;
        const pause = new Promise<void>((resolve) => void clock.alarm(EVERY_MS, resolve));
        await Promise.race([done, pause]);
      }
      if (isDone) yield event({ type: 'model.pull.done', model: name });
      else yield event({ type: 'error', ...usualErrorBody(meaningOf(errorOf(failure))) }, 'error');
    },
    () => end('pull_cancelled'), // also where nobody ever listened
  );
}

export function showProgress({ stage, doneBytes, totalBytes, secondsLeft }: PullProgress): object {
  return { stage, done_bytes: doneBytes, total_bytes: totalBytes, seconds_left: secondsLeft ?? null };
}
