import type { SpeechError } from '../core/errors.ts';
import { SpeechFailure } from '../core/errors.ts';
import type { Clock, InferenceWorker, InstalledPack, Ports } from '../core/ports.ts';
import { WorkerCalls, WorkerSupervisor } from '../engine/worker-calls.ts';
import type { FromRecognizer, RecognizerFailure, ToRecognizer } from './protocol.ts';

const PACK = 'silero-vad';

type Detected = Extract<FromRecognizer, { kind: 'detected' }>;

/** Tells speech from other sound, in a worker. */
export interface EmbeddedDetector {
  available(): Promise<boolean>;
  /** @throws SpeechFailure not_supported, engine_unavailable */
  detect(
    samples: Float32Array,
    state: Float32Array | undefined,
  ): Promise<Pick<Detected, 'probabilities' | 'state'>>;
  close(): Promise<void>;
}

/**
 * Silero in a worker of its own: in the recogniser's it would wait for whole sentences to be written, and a turn would end late.
 * The worker starts with the first frames and is replaced when it dies.
 */
export function createEmbeddedDetector(
  ports: Pick<Required<Ports>, 'packs' | 'spawnInference' | 'clock'>,
): EmbeddedDetector {
  const { clock, spawnInference } = ports;
  const supervisor = new WorkerSupervisor(
    clock,
    (onEnd) => new DetectorClient(spawnInference(), clock, onEnd),
  );
  let isClosed = false;
  let found: InstalledPack | undefined;

  const findPack = async (): Promise<InstalledPack | undefined> => {
    found ??= (await ports.packs()).find(({ id }) => id === PACK);
    return found;
  };
  return {
    available: async () => (await findPack()) !== undefined,
    async detect(samples, state) {
      const pack = await findPack();
      if (!pack)
        throw new SpeechFailure({ code: 'not_supported', message: 'The detector is not installed.' });
      if (isClosed) throw new SpeechFailure({ code: 'shutting_down' });
      if (!supervisor.ready) throw new SpeechFailure(failed);
      return supervisor.start().detect(pack.files, samples, state);
    },
    async close() {
      isClosed = true;
      await supervisor.end();
    },
  };
}

const failed: SpeechError = { code: 'engine_unavailable', message: 'The detector of speech failed.' };
const errors: Readonly<Record<RecognizerFailure['reason'], SpeechError>> = {
  undecodable: failed,
  'too-long': failed,
  unloadable: failed,
  broken: failed,
};

class DetectorClient {
  readonly #calls: WorkerCalls<ToRecognizer, Detected, RecognizerFailure['reason']>;

  constructor(worker: InferenceWorker, clock: Clock, onEnd: () => void) {
    const setup = { kind: 'hear-setup', threads: 1, maxSeconds: 0, outside: false } as const;
    this.#calls = new WorkerCalls(worker, setup, { clock, onEnd, errors });
  }

  get proven(): boolean {
    return this.#calls.proven;
  }

  detect(
    files: Readonly<Record<string, string>>,
    samples: Float32Array,
    state: Float32Array | undefined,
  ): Promise<Detected> {
    return this.#calls.ask(undefined, (call) => ({ kind: 'hear-speech', call, files, samples, state }));
  }

  end(): Promise<void> {
    return this.#calls.end();
  }
}
