import { createStretcher } from '../audio/stretch.ts';
import type { Config } from '../config/config.ts';
import { ConfigError, chosenEngine } from '../config/load.ts';
import { originsOf } from '../config/origins.ts';
import type { Ports } from '../ports.ts';
import type { Engine } from './engine.ts';
import { createFishEngine } from './fish/engine.ts';
import { createOnnxEngine } from './onnx/engine.ts';
import { admission } from './policy/admission.ts';
import { capacity } from './policy/capacity.ts';
import { deadline } from './policy/deadline.ts';
import { segments } from './policy/segments.ts';
import { speed } from './policy/speed.ts';

/**
 * Streams that share one inference worker. The fastest voice keeps up with about five; each holds a job for the segment
 * that plays and one for the next, and the pool refuses at sixteen jobs a worker.
 */
const streamsPerWorker = 8;

const noEmbeddedVoice =
  'engine: this runtime cannot hold an embedded voice; set FISH_BACKEND to the address of a Fish-Speech server';

/** Config to composed engine: the only file that knows the order of the policies. @throws ConfigError for an engine that this runtime lacks */
export function buildEngine(config: Config, ports: Ports): Engine {
  const inTime = deadline({ firstAudioMs: config['queue.timeout'] }, ports);
  const queue = { slots: config['queue.workers'], maxPending: config['queue.max_pending'] };
  const admitted = admission({ ...queue, deadlineMs: config['queue.timeout'] }, ports);
  if (chosenEngine(config) === 'onnx') {
    if (!ports.spawnInference) throw new ConfigError([noEmbeddedVoice]);
    const bounded = capacity(config['onnx.workers'] * streamsPerWorker);
    return inTime(admitted(bounded(segments()(onnx(config, ports)))));
  }
  const stretched = speed(async (rate, channels, factor) =>
    createStretcher(rate, channels, factor, await ports.wasm('stretch')),
  );
  return inTime(admitted(stretched(fish(config, ports))));
}

function onnx(config: Config, ports: Ports): Engine {
  return createOnnxEngine(
    { voice: config['onnx.voice'], workers: config['onnx.workers'], threads: config['onnx.threads'] },
    ports,
  );
}

function fish(config: Config, ports: Ports): Engine {
  return createFishEngine(
    {
      url: originsOf(config)[0]?.url ?? '',
      key: config['backend.api_key'],
      firstByteTimeoutMs: config['backend.timeout'],
      idleTimeoutMs: config['backend.idle_timeout'],
      totalTimeoutMs: config['backend.total_timeout'],
    },
    ports,
  );
}
