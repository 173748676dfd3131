import { type SpeechError, SpeechFailure } from '../../core/errors.ts';
import type { Clock, InferenceWorker } from '../../core/ports.ts';
import { WorkerCalls } from '../worker-calls.ts';
import type {
  FromWorker,
  InferenceSetup,
  PackToLoad,
  SynthesisJob,
  ToWorker,
  Window,
  WorkerFailure,
} from './protocol.ts';

type Answer = Extract<FromWorker, { packs: readonly string[] }>;
type Reason = WorkerFailure['reason'];

/** What the client reads. */
const errors: Readonly<Record<Reason, SpeechError>> = {
  unspeakable: { code: 'invalid_value', message: 'There is nothing to say in this text.', param: 'text' },
  unloadable: { code: 'engine_unavailable', message: 'The voice could not be loaded.' },
  broken: { code: 'engine_failed' },
};

interface LinkOptions {
  readonly clock: Clock;
  readonly onNote?: ((note: string) => void) | undefined;
  readonly onEnd: () => void;
}

/** The engine's end of the line to one worker. */
export class Link {
  readonly #calls: WorkerCalls<ToWorker, Answer, Reason>;
  /** Ids of the packs the worker has loaded, as of its last word. */
  packs: readonly string[] = [];

  constructor(worker: InferenceWorker, options: InferenceSetup & LinkOptions) {
    const { runtime, threads, kernels, ...rest } = options;
    this.#calls = new WorkerCalls(
      worker,
      { kind: 'setup', runtime, threads, kernels },
      {
        ...rest,
        errors,
        lastWord: runtime === 'native' ? { kind: 'rest' } : undefined,
        onAnswer: ({ packs }) => {
          this.packs = packs;
        },
      },
    );
  }

  get proven(): boolean {
    return this.#calls.proven;
  }

  /** Loads a pack and speaks `synthesis` to nobody. @throws SpeechFailure `engine_unavailable` */
  async load(pack: PackToLoad, synthesis: SynthesisJob): Promise<void> {
    await this.#calls.ask(undefined, (call) => ({ kind: 'load', call, pack, synthesis }));
  }

  /** Starts a job. Resolves with its first window. */
  open(pack: PackToLoad, synthesis: SynthesisJob): { job: number; first: Promise<Window> } {
    const job = this.#calls.newJob();
    const first = this.#calls.ask(job, (call) => ({ kind: 'open', call, job, pack, synthesis }));
    return { job, first: first.then(expectWindow) };
  }

  /** @throws SpeechFailure `engine_failed` when the worker died, ClientGone when the job was closed */
  async next(job: number): Promise<Window> {
    return expectWindow(await this.#calls.ask(job, (call) => ({ kind: 'next', call, job })));
  }

  /** Ends a job: a window of it that is being asked for rejects with ClientGone, and no further one is decoded. */
  close(job: number): void {
    this.#calls.close(job, { kind: 'close', job });
  }

  end(): Promise<void> {
    return this.#calls.end();
  }
}

function expectWindow(answer: Answer): Window {
  if (answer.kind === 'window') return answer.window;
  throw new SpeechFailure(errors.broken, new Error('The worker sent no window.'));
}
