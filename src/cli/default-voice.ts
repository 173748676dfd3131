import { hasNativeRuntime } from '../adapters/inference/runtimes.ts';
import { thisMachine } from '../adapters/local/local.ts';
import { installedPacks } from '../adapters/local/packs.ts';
import type { App } from '../app.ts';
import type { Config } from '../config/config.ts';
import { findPack } from '../engine/onnx/packs/manifest.ts';
import type { Measured, Wanted } from '../engine/onnx/tuning/choose.ts';
import { ctlName } from './ctl-name.ts';
import { tune } from './models/tune.ts';
import { chosenOf, describeChoice, factsOf, readTuning, writeTuning } from './models/tuned.ts';

/** What the figures of this machine say. */
export interface TunedChoice {
  /** Undefined where the user names a voice, or where there are no figures. */
  readonly chosen?: Measured & { readonly measuredAt: string };
  /** There are voices to choose from, and nobody has measured them. */
  readonly isUnmeasured: boolean;
}

/** Reads what was measured; measures nothing. */
export async function readChoice(config: Config, dataDir: string): Promise<TunedChoice> {
  const nothing = { isUnmeasured: false };
  if (config['onnx.voice'] !== '' || !config['onnx.tune']) return nothing;
  const installed = await installedPacks(dataDir);
  const speaking = installed.filter(({ id }) => (findPack(id)?.voices.length ?? 0) > 0);
  if (speaking.length < 2) return nothing;
  const tuning = await readTuning(dataDir, factsOf(installed));
  if (!tuning) return { isUnmeasured: true };
  const wanted = wantedOf(config);
  const first = chosenOf(tuning, wanted);
  const isThere = first?.runtime !== 'native' || (await hasNativeRuntime());
  const chosen = isThere ? first : chosenOf(tuning, { ...wanted, runtime: 'wasm' });
  return chosen ? { isUnmeasured: false, chosen: { ...chosen, measuredAt: tuning.measuredAt } } : nothing;
}

function wantedOf(config: Config): Wanted {
  const [runtime, threads] = [config['onnx.runtime'], config['onnx.threads']];
  return {
    runtime: runtime === 'auto' ? undefined : runtime,
    threads: threads === 'auto' ? undefined : threads,
  };
}

/** One line for whoever reads the log. */
export function logChoice({ log }: App, { measuredAt, ...chosen }: Measured & { measuredAt: string }): void {
  log.info('the default voice was chosen by what this machine can do', {
    choice: describeChoice(chosen),
    measured_at: measuredAt,
    change: `FISH_VOICE names another one; ${ctlName} models tune measures again`,
  });
}

/** A second copy of the largest voice, and its worker. */
const MEMORY = 1.5e9;
const LOOK_MS = 100;

/** Measuring that gives way to listeners. */
export interface BackgroundTuning {
  /** Resolves when it is over, whatever came of it. */
  begin(): Promise<void>;
  /** Resolves when its worker has ended. */
  stop(): Promise<void>;
}

/**
 * Measures the voices while nobody asks for speech, for the next start: a server that runs keeps its voice. The first request ends
 * it, and nothing is kept; it is tried again at the next start.
 */
export function backgroundTuning(app: App, config: Config, dataDir: string): BackgroundTuning {
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    const { freeBytes = 0, cores } = thisMachine();
    if (cores < 2 || freeBytes < MEMORY) return;
    app.log.info('the voices are measured, while nobody asks for speech', { end: 'FISH_TUNE=false' });
    const looking = setInterval(() => {
      if (app.active() > 0) stop.abort();
    }, LOOK_MS);
    try {
      const { runtime = (await hasNativeRuntime()) ? 'native' : 'wasm' } = wantedOf(config);
      const options = { dataDir, runtimes: [runtime], signal: stop.signal, withAdded: false };
      const tuning = await tune({ ...options, onProgress() {}, onFailure() {} });
      const chosen = chosenOf(tuning, wantedOf(config));
      if (!chosen) return;
      await writeTuning(dataDir, tuning);
      app.log.info('the voices were measured: from the next start on', { choice: describeChoice(chosen) });
    } catch (error) {
      const why = stop.signal.aborted ? 'a request came' : String(error);
      app.log.info(`the voices were not measured; ${ctlName} models tune does it`, { why });
    } finally {
      clearInterval(looking);
    }
  };
  return {
    begin() {
      if (!stop.signal.aborted) running = run();
      return running;
    },
    stop() {
      stop.abort();
      return running;
    },
  };
}
