import { spawnInference } from '../../../src/adapters/inference/spawn.ts';
import { dataFolder, installedPacks } from '../../../src/adapters/local/packs.ts';
import type { Engine, PcmStream } from '../../../src/core/engine.ts';
import type { Clock, InferenceWorker, InstalledPack } from '../../../src/core/ports.ts';
import { defaultSampling, type SpeechRequest } from '../../../src/core/request.ts';
import { createOnnxEngine, type OnnxOptions } from '../../../src/engine/onnx/engine.ts';

import { realClock } from '../../stream/fake-clock.ts';

export const clock: Clock = realClock;

export const installed: readonly InstalledPack[] = await installedPacks(dataFolder());

/** Why tests that need `pack` do not run, for the test's name; undefined when they do. */
export function missing(pack: string): string | undefined {
  const found = installed.some(({ id }) => id === pack);
  return found ? undefined : `voice pack ${pack} is not installed: fish-ctl models pull ${pack}`;
}

export const joe = 'en_US-joe-medium';
export const kokoro = 'kokoro-82m-v1.0';

/** An engine on the installed voices. `spawn` puts something between the engine and the real workers. */
export function realEngine(
  options: Partial<OnnxOptions> = {},
  spawn: () => InferenceWorker = spawnInference,
): Engine {
  return createOnnxEngine(
    {
      workers: 1,
      threads: 1,
      runtime: async () => 'wasm',
      kernels: async () => true,
      ...options,
    },
    { packs: async () => installed, spawnInference: spawn, clock },
  );
}

export function say(text: string, more: Partial<SpeechRequest> = {}): SpeechRequest {
  return { text, speed: 1, references: [], sampling: defaultSampling, whole: false, ...more };
}

export async function open(engine: Engine, request: SpeechRequest): Promise<PcmStream> {
  return engine.open(request, new AbortController().signal);
}

export async function readAll(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(body).arrayBuffer());
}

export function seconds(pcm: Uint8Array, rate: number): number {
  return pcm.length / 2 / rate;
}
