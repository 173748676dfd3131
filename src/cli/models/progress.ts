import { SingleBar } from 'cli-progress';

/** Tells a user what a pull does. From `begin` to `end` is one transfer; `say` is a line of its own. */
export interface Progress {
  say(line: string): void;
  /** For programs: what the pull does besides fetching. */
  stage?(name: 'waiting' | 'preparing'): void;
  begin(packId: string, source: string, totalBytes: number): void;
  /** Bytes there by now, in all, and how many of them this run brought: the speed counts only those. */
  moved(doneBytes: number, broughtBytes: number): void;
  end(complete: boolean): void;
}

export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const QUIET_MS = 10_000;

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** Mean speed since the transfer began, and the time that the missing bytes take at that speed. */
function pace(brought: number, missing: number, ms: number): { speed: string; left: string } {
  const perMs = ms > 0 ? brought / ms : 0;
  const left = perMs > 0 ? `${Math.ceil(missing / perMs / 1000)} s left` : '';
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
  let began = 0;
  return {
    say: (line) => void terminal.write(`${line}\n`),
    begin(packId, _source, totalBytes) {
      total = totalBytes;
      began = now();
      bar = new SingleBar({
        // No more than 80 columns: the bar cannot wrap.
        format: `${packId} {bar} {there} of ${megabytes(total)} MB {speed} {left}`,
        stream: process.stderr,
        barsize: 16,
        hideCursor: true,
        clearOnComplete: false,
      });
      bar.start(total, 0, { there: megabytes(0), speed: '', left: '' });
    },
    moved(done, brought) {
      const there = Math.min(done, total);
      bar?.update(there, { there: megabytes(there), ...pace(brought, total - there, now() - began) });
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
  return {
    say,
    begin(packId, source, totalBytes) {
      label = packId;
      total = totalBytes;
      began = now();
      spoken = began;
      say(`${label}: fetching ${megabytes(total)} MB from ${source}`);
    },
    moved(done, brought) {
      const time = now();
      if (time - spoken < QUIET_MS) return;
      spoken = time;
      const { speed, left } = pace(brought, total - done, time - began);
      say(`${label}: ${megabytes(done)} of ${megabytes(total)} MB, ${speed}, ${left}`);
    },
    end(complete) {
      if (complete) say(`${label}: done in ${((now() - began) / 1000).toFixed(1)} s`);
    },
  };
}
