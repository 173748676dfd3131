/**
 * Speaks in this process with the engine as the server builds it, and prints how long it took: run by rtf.ts on Node and
 * on Bun, argv[2] is an `RtfTask`.
 */

import { spawnWorker } from '../../src/adapters/inference/spawn.ts';
import { localPorts } from '../../src/adapters/local/local.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Engine } from '../../src/core/engine.ts';
import { defaultSampling } from '../../src/core/request.ts';
import { buildEngine } from '../../src/engine/compose.ts';
import { createLogger } from '../../src/telemetry/log.ts';

export interface RtfTask {
  readonly dataDir: string;
  /** Id of the voice. */
  readonly voice: string;
  readonly workers: number;
  readonly threads: number;
  /** Spoken before anything is measured: the runtime's compilers work meanwhile. */
  readonly warmUps: readonly string[];
  /** As many streams speak it at once as there are workers. */
  readonly text: string;
  /** Kernels of our own compute what they know. */
  readonly hasKernels: boolean;
  /** A worker module to run in the place of the product's. */
  readonly worker?: string | undefined;
}

export interface RtfSample {
  /** Wall time over the stream's own audio time, of every stream. */
  readonly factors: readonly number[];
  /** Seconds of audio, of all streams together, per second. */
  readonly throughput: number;
  /** Seconds of processor time, of all threads, per second of audio. */
  readonly cpu: number;
}

const microseconds = 1e6;

interface Spoken {
  readonly wallSeconds: number;
  readonly audioSeconds: number;
}

/** @param seed of each stream its own: streams that ask for the same would share one synthesis */
async function speak(engine: Engine, voice: string, text: string, seed: number): Promise<Spoken> {
  const began = performance.now();
  const request = { text, voice, seed, speed: 1, references: [], sampling: defaultSampling, whole: false };
  const { body, rate } = await engine.open(request, new AbortController().signal);
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return { wallSeconds: (performance.now() - began) / 1000, audioSeconds: bytes / 2 / rate };
}

async function measure(task: RtfTask): Promise<RtfSample> {
  const { dataDir, voice, workers, threads, hasKernels, worker } = task;
  const flags = {
    voice,
    'onnx-workers': String(workers),
    'onnx-threads': String(threads),
    'onnx-kernels': hasKernels ? 'auto' : 'off',
    engine: 'onnx',
    cache: 'off',
  };
  const ports = localPorts({ dataDir, keysFile: '', fetch });
  const spawnInference = worker ? () => spawnWorker(new URL(worker)) : ports.spawnInference;
  const log = createLogger({ level: 'warn', format: 'json', write: ports.writeLog, clock: ports.clock });
  const config = loadConfig({ flags, env: {} });
  const engine = buildEngine(config, { ...ports, ...(spawnInference && { spawnInference }) }, log);
  await engine.warm?.();
  const together = (text: string): Promise<Spoken[]> =>
    Promise.all(Array.from({ length: workers }, (_, stream) => speak(engine, voice, text, stream + 1)));
  for (const text of task.warmUps) await together(text);
  const before = process.cpuUsage();
  const began = performance.now();
  const spoken = await together(task.text);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  await engine.close?.();
  const audioSeconds = spoken.reduce((sum, one) => sum + one.audioSeconds, 0);
  return {
    factors: spoken.map((one) => one.wallSeconds / one.audioSeconds),
    throughput: audioSeconds / seconds,
    cpu: (user + system) / microseconds / audioSeconds,
  };
}

if (import.meta.main) {
  const sample = await measure(JSON.parse(process.argv[2] ?? '{}') as RtfTask);
  process.stdout.write(JSON.stringify(sample), () => process.exit(0));
}
