import { SingleBar } from 'cli-progress';
import type { Candidate } from '../../engine/onnx/tuning/choose.ts';
import { ctlName } from '../ctl-name.ts';
import { tune } from './tune.ts';
import { chosenOf, type Tuning, writeTuning } from './tuned.ts';
import { tuningReport } from './tuning-report.ts';

export interface TuneCommand {
  readonly dataDir: string;
  readonly json: boolean;
  /** Measures and shows, and keeps nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** Ends with the exit code: 1 where no voice is installed, none could be measured, or it was stopped. */
export async function tuneVoices({ dataDir, json, dryRun, signal }: TuneCommand): Promise<number> {
  const progress = createTuneProgress();
  let made: Tuning;
  try {
    made = await tune({
      dataDir,
      signal,
      withAdded: true,
      onProgress: progress.at,
      onFailure: ({ voice, runtime, threads }, why) =>
        progress.say(`${voice} (${runtime}, ${threads} threads) could not be measured: ${why}`),
    });
  } catch (error) {
    progress.end();
    if (!signal.aborted) throw error;
    console.error('Stopped; nothing was kept.');
    return 1;
  }
  const chosen = chosenOf(made);
  if (made.figures.length === 0) {
    console.error(`There is no voice to measure. Fetch one: ${ctlName} models pull`);
    return 1;
  }
  if (!dryRun) await writeTuning(dataDir, made);
  console.log(
    json ? JSON.stringify({ ...made, chosen, kept: !dryRun }, undefined, 2) : tuningReport(made, chosen),
  );
  return 0;
}

interface TuneProgress {
  at(done: number, of: number, next: Candidate | undefined): void;
  say(line: string): void;
  end(): void;
}

/** A bar on a terminal, a line for each candidate elsewhere. */
function createTuneProgress(): TuneProgress {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const nameOf = (next: Candidate): string => `${next.voice}, ${next.runtime}, ${next.threads} threads`;
  if (!process.stderr.isTTY) {
    return {
      at: (done, of, next) => next && say(`measuring ${nameOf(next)} (${done + 1} of ${of})`),
      say,
      end() {},
    };
  }
  const bar = new SingleBar({
    format: 'measuring {bar} {value} of {total} {what}',
    stream: process.stderr,
    barsize: 16,
    hideCursor: true,
  });
  return {
    at(done, of, next) {
      if (done === 0) bar.start(of, 0, { what: '' });
      bar.update(done, { what: next ? nameOf(next) : '' });
      if (!next) bar.stop();
    },
    say,
    end: () => bar.stop(),
  };
}
