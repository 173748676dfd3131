import type { Clock } from '../core/ports.ts';

/** Those who wait for a slot, and the one alarm that looks after them when nobody else would. */
export interface Notifier {
  /** The returned function ends it. */
  add(wake: () => void): () => void;
  wake(): void;
  /** Wakes all in `ms` milliseconds, unless an earlier alarm does. */
  wakeIn(ms: number): void;
  close(): void;
}

export function createNotifier(clock: Clock): Notifier {
  const all = new Set<() => void>();
  let alarm: { readonly at: number; readonly cancel: () => void } | undefined;
  const quiet = (): void => {
    alarm?.cancel();
    alarm = undefined;
  };
  const wake = (): void => {
    for (const each of [...all]) each();
  };
  return {
    add(each) {
      // One function may watch twice: each watching is an entry of its own.
      const entry = (): void => each();
      all.add(entry);
      return () => {
        all.delete(entry);
        if (all.size === 0) quiet();
      };
    },
    wake,
    wakeIn(ms) {
      const at = clock.now() + ms;
      if (all.size === 0 || (alarm && alarm.at <= at)) return;
      quiet();
      const ring = (): void => {
        alarm = undefined;
        wake();
      };
      alarm = { at, cancel: clock.alarm(ms, ring) };
    },
    close() {
      quiet();
      all.clear();
    },
  };
}
