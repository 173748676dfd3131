import { IsolatePool } from '#isolate-pool';
import { type Config, ConfigError, inferenceThreads } from '../config/config.ts';
import type { Engine, Policy } from '../core/engine.ts';
import type { Ports } from '../core/ports.ts';
import type { SpeechRequest } from '../core/request.ts';
import { turnsOf } from '../stream/turns.ts';
import type { Logger } from '../telemetry/log.ts';
import { compose, hasProsody, isPart, isTaught, keepingOf, prosodyOf, sharing } from './composing.ts';
import { chooseWorkers, createOnnxEngine, type OnnxEngine } from './onnx/engine.ts';
import { chooseKernels, chooseRuntime } from './onnx/runtime.ts';
import { admission } from './policy/admission.ts';
import { deadline } from './policy/deadline.ts';
import { fallback, voicesByList } from './policy/fallback.ts';
import { type LanguagesOptions, languages } from './policy/languages.ts';
import { where } from './policy/opening.ts';
import { pronounced } from './policy/pronounced.ts';
import { segments } from './policy/segments.ts';
import { voiceByRevision } from './policy/share.ts';
import { latestStart } from './scheduling/room.ts';

/** Of the time for the first audio, what the origins may take before the embedded voice stands in for them. */
const ORIGIN_SHARE = 0.75;

const noEmbeddedVoice =
  'engine: this runtime cannot hold an embedded voice; set FISH_BACKEND to the address of a Fish-Speech server';

const noNativeRuntime =
  'onnx.runtime is native, but the native runtime cannot be loaded here (docs/voices.md, Native inference)';

const noKernels =
  'the kernels of the embedded voice are not built: npm run build:codecs makes it twice as fast';
/** Once, whatever the number of workers. */
const notComputed =
  'ONNX Runtime computes a part of a voice that the kernels and the interpreter are not made for';

const isWhole = (request: SpeechRequest): boolean => !isPart(request);

export interface Embedded extends Required<Pick<Engine, 'voiceOf'>> {
  readonly voices: Engine;
  /** What stands before them. */
  readonly policies: readonly Policy[];
}

/** The embedded voices as the engine. In an ordinary Worker `embedded-workers.ts` stands in its place. @throws ConfigError where there can be none */
export function embedded(config: Config, ports: Ports, log: Logger): Embedded {
  if (!ports.spawnInference && !ports.inferenceHere) throw new ConfigError([noEmbeddedVoice]);
  const voices = embeddedVoices(config, ports, log);
  const voiceOf = voicesByList(voices, config['fish.fallback_voices']);
  return { voices, policies: embeddedPolicies(voices, config, ports, log), voiceOf };
}

/** What stands before the embedded voices also where they only stand in. */
function embeddedPolicies(voices: OnnxEngine, config: Config, ports: Ports, log: Logger): readonly Policy[] {
  const queue = {
    starting: config['queue.workers'],
    maxPending: config['queue.max_pending'],
    deadlineMs: latestStart(config['queue.timeout']),
    demandOf: voices.demandOf,
    lull: () => turnsOf(ports.clock).lull(),
  };
  const keeping = keepingOf('onnx', config, ports);
  return [
    languages(languagesOf(config, log)),
    segments({ enabled: isWhole, firstMaxWords: ({ voice }) => voices.firstMaxWords(voice) }, ports), // else it is a part of a text
    where(hasProsody, prosodyOf(ports, { native: true, trims: true })),
    where(isTaught, pronounced()),
    sharing(keeping, voiceByRevision(voices), config, ports, () => true), // what is kept needs no place
    admission(queue, ports),
  ];
}

/** The embedded voice stands in for origins that cannot speak, where the user left the choice of the engine to us. */
export function standInFor(config: Config, ports: Ports, log: Logger): readonly Policy[] {
  if (config.engine !== 'auto' || !config['fish.fallback']) return [];
  if (!ports.spawnInference && !ports.inferenceHere) return [];
  const voices = embeddedVoices(config, ports, log);
  return [
    fallback(compose(embeddedPolicies(voices, config, ports, log), voices), {
      voices: config['fish.fallback_voices'],
    }),
    deadline({ firstAudioMs: config['queue.timeout'] * ORIGIN_SHARE }, ports),
  ];
}

function languagesOf(config: Config, log: Logger): LanguagesOptions {
  const told = new Set<string>();
  return {
    byLanguage: config['voices.by_language'],
    tells: config['voices.check_language'],
    onMissing(language, voice) {
      if (!told.has(language))
        log.warn('a voice of voices.by_language is not installed', { language, voice });
      told.add(language);
    },
  };
}

function embeddedVoices(config: Config, ports: Ports, log: Logger): OnnxEngine {
  const { inferenceHere } = ports;
  if (inferenceHere && IsolatePool) {
    const pool = new IsolatePool(inferenceHere, ports.clock, ports.background);
    const runtime = async () => 'wasm' as const;
    const kernels = async () => true;
    return createOnnxEngine(
      { voice: config['onnx.voice'], workers: 1, threads: 1, runtime, kernels, pool },
      ports,
    );
  }
  const told = new Set<string>();
  const options = {
    voice: config['onnx.voice'],
    workers: workersOf(config, ports, log),
    threads: inferenceThreads(config),
    idleMs: config['onnx.idle_unload'],
    maxBytes: config['onnx.max_memory'],
    runtime: chooseRuntime(config['onnx.runtime'], ports.hasNativeInference, (runtime, isThere) => {
      if (isThere) log.info('inference runtime', { runtime });
      else log.error(noNativeRuntime, { runtime });
    }),
    kernels: chooseKernels(config['onnx.kernels'], ports.hasKernels, (areUsed) => {
      if (areUsed) log.info('inference kernels', { family: 'piper' });
      else log.warn(noKernels);
    }),
    onNote: (cause: string) => {
      if (!told.has(cause)) log.info(notComputed, { cause });
      told.add(cause);
    },
  };
  return createOnnxEngine(options, ports);
}

function workersOf(config: Config, { machine }: Ports, log: Logger): number {
  const asked = config['onnx.workers'];
  if (asked !== 'auto') return asked;
  const { cores, freeBytes } = machine?.() ?? { cores: 1, freeBytes: undefined };
  const workers = chooseWorkers({ cores, freeBytes }, inferenceThreads(config));
  const freeMB = freeBytes === undefined ? undefined : Math.round(freeBytes / 1e6);
  log.info('inference workers', { workers, cores, free_mb: freeMB });
  return workers;
}
