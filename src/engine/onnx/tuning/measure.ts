import type { Clock, InferenceWorker, InstalledPack } from '../../../core/ports.ts';
import { defaultSampling, type SpeechRequest } from '../../../core/request.ts';
import { createOnnxEngine, type OnnxEngine } from '../engine.ts';
import type { Candidate, Measured } from './choose.ts';

/** Lets compilers work; and says already what is hopeless. */
const warmUp = 'This only warms the voice up.';
/** Seven seconds or so. */
const text =
  'The storm passed before dawn, and the harbor was quiet. Fishermen walked down to the water and checked their boats.';
/** As long or so, for voices that do not speak English: every language says numbers, and has its own letters. */
const numbers = '1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12. 1, 2, 3, 4, 5, 6.';
/** No second look at what takes longer than its speech lasts. */
const HOPELESS_FACTOR = 1;

export interface MeasurePorts {
  readonly clock: Clock;
  readonly spawnInference: () => InferenceWorker;
  /** As the server's: see `Ports`. */
  readonly hasKernels?: (() => Promise<boolean>) | undefined;
  readonly installed: readonly InstalledPack[];
  /** Processor seconds of this process so far. */
  readonly cpuSeconds: () => number;
}

/** Speaks for some seconds with a worker of its own. @throws SpeechFailure when the voice cannot be loaded, or `signal`'s reason */
export async function measure(
  candidate: Candidate,
  ports: MeasurePorts,
  signal: AbortSignal,
): Promise<Measured> {
  signal.throwIfAborted();
  const { clock } = ports;
  const { threads, runtime, voice } = candidate;
  const engine = createOnnxEngine(
    { workers: 1, threads, runtime: async () => runtime, kernels: ports.hasKernels, voice },
    { packs: async () => ports.installed, spawnInference: ports.spawnInference, clock },
  );
  const stop = (): void => void engine.close?.();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const began = clock.now();
    await engine.warm?.();
    const loadMs = clock.now() - began;
    const isEnglish = (await engine.voices())[0]?.language.startsWith('en') ?? true;
    const first = await speak(engine, isEnglish ? warmUp : '1, 2, 3, 4.', ports, signal);
    const said = isEnglish ? text : numbers;
    const spoken = first.factor > HOPELESS_FACTOR ? first : await speak(engine, said, ports, signal);
    return { ...candidate, ...spoken, loadMs };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
    await engine.close?.();
  }
}

async function speak(
  engine: OnnxEngine,
  said: string,
  { clock, cpuSeconds }: MeasurePorts,
  signal: AbortSignal,
): Promise<Pick<Measured, 'factor' | 'cpu' | 'firstAudioMs'>> {
  const request: SpeechRequest = {
    text: said,
    speed: 1,
    references: [],
    sampling: defaultSampling,
    whole: false,
  };
  const [began, cpuBefore] = [clock.now(), cpuSeconds()];
  const { body, rate } = await engine.open(request, signal);
  let firstAudioMs = 0;
  let bytes = 0;
  for await (const chunk of body) {
    if (bytes === 0) firstAudioMs = clock.now() - began;
    bytes += chunk.length;
  }
  const seconds = bytes / 2 / rate;
  return {
    factor: (clock.now() - began) / 1000 / seconds,
    cpu: (cpuSeconds() - cpuBefore) / seconds,
    firstAudioMs,
  };
}
