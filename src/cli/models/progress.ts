import { SingleBar } from 'cli-progress';

/** Tells a user what a pull does. `begin` to `end` is one transfer; `say` is a line of its own. */
export interface Progress {
  say(line: string): void;
  begin(what: string, totalBytes: number): void;
  /** Bytes there by now, in all. */
  moved(doneBytes: number): void;
  end(complete: boolean): void;
}

export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const quietMs = 10_000;

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** Speed in MB/s and the seconds that remain at that speed, since the transfer began. */
function pace(done: number, total: number, ms: number): { speed: string; left: string } {
  const perMs = ms > 0 ? done / ms : 0;
  const left = perMs > 0 ? `${Math.ceil((total - done) / perMs / 1000)} s left` : '';
  return { speed: `${(perMs / 1000).toFixed(1)} MB/s`, left };
}

/** A bar on a terminal; elsewhere a line at the start, one every ten seconds at most, and one at the end. */
export function createProgress(
  terminal: Terminal = process.stderr,
  now: () => number = () => performance.now(),
): Progress {
  return terminal.isTTY ? barProgress(terminal, now) : lineProgress(terminal, now);
}

function barProgress(terminal: Terminal, now: () => number): Progress {
  let bar: SingleBar | undefined;
  let total = 0;
  let first: number | undefined;
  let began = 0;
  return {
    say: (line) => void terminal.write(`${line}\n`),
    begin(what, totalBytes) {
      total = totalBytes;
      began = now();
      first = undefined;
      bar = new SingleBar({
        format: `${what} {bar} {percentage}% {there} of ${megabytes(total)} MB {speed} {left}`,
        stream: process.stderr,
        barsize: 24,
        hideCursor: true,
        clearOnComplete: false,
      });
      bar.start(total, 0, { there: megabytes(0), speed: '', left: '' });
    },
    moved(done) {
      first ??= done;
      const there = Math.min(done, total);
      bar?.update(there, { there: megabytes(there), ...pace(done - first, total - first, now() - began) });
    },
    end(complete) {
      if (complete) bar?.update(total, { there: megabytes(total), left: '' });
      bar?.stop();
      bar = undefined;
    },
  };
}

function lineProgress(terminal: Terminal, now: () => number): Progress {
  const say = (line: string): void => void terminal.write(`${line}\n`);
  let label = '';
  let total = 0;
  let began = 0;
  let spoken = 0;
  let first: number | undefined;
  return {
    say,
    begin(what, totalBytes) {
      label = what;
      total = totalBytes;
      began = now();
      spoken = began;
      first = undefined;
      say(`${label}: fetching ${megabytes(total)} MB`);
    },
    moved(done) {
      first ??= done;
      const time = now();
      if (time - spoken < quietMs) return;
      spoken = time;
      const { speed, left } = pace(done - first, total - first, time - began);
      say(`${label}: ${megabytes(done)} of ${megabytes(total)} MB, ${speed}, ${left}`);
    },
    end(complete) {
      if (complete) say(`${label}: done in ${((now() - began) / 1000).toFixed(1)} s`);
    },
  };
}

export const silentProgress: Progress = {
  say: () => undefined,
  begin: () => undefined,
  moved: () => undefined,
  end: () => undefined,
};
