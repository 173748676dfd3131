import { spawnWorker } from '../../src/adapters/inference/spawn.ts';
import { localPorts } from '../../src/adapters/local/local.ts';
import { toInt16 } from '../../src/audio/pcm.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Engine, SpokenSegment } from '../../src/core/engine.ts';
import { defaultSampling, type SpeechRequest } from '../../src/core/request.ts';
import { buildEngine } from '../../src/engine/compose.ts';
import { createLogger } from '../../src/telemetry/log.ts';

export interface VoiceSetup {
  readonly dataDir: string;
  /** Id of the voice. */
  readonly voice: string;
  readonly inference: 'wasm' | 'native';
  readonly threads: number;
}

const nativeWorker = new URL('../embedded/native-worker.ts', import.meta.url);

/** One worker, as the server builds it; native with onnxruntime-node as `installNative` of the tests has put it aside. */
export function engineOf({ dataDir, voice, inference, threads }: VoiceSetup): Engine {
  const ports = localPorts({ dataDir, keysFile: '', fetch });
  const native = { hasNativeInference: async () => true, spawnInference: () => spawnWorker(nativeWorker) };
  const flags = {
    voice,
    'onnx-runtime': inference,
    'onnx-workers': '1',
    'onnx-threads': String(threads),
    engine: 'onnx',
    cache: 'off',
  };
  const log = createLogger({ level: 'warn', format: 'json', write: ports.writeLog, clock: ports.clock });
  const config = loadConfig({ flags, env: {} });
  return buildEngine(config, inference === 'native' ? { ...ports, ...native } : ports, log);
}

export interface Said {
  readonly pcm: Uint8Array;
  readonly rate: number;
  readonly segments: readonly SpokenSegment[];
  /** Until the first bytes, and until the last. */
  readonly firstMs: number;
  readonly ms: number;
}

export function request(text: string, voice: string): SpeechRequest {
  return { text, voice, seed: 1, speed: 1, references: [], sampling: defaultSampling, whole: false };
}

export async function speak(engine: Engine, text: string, voice: string): Promise<Said> {
  const began = performance.now();
  const stream = await engine.open(request(text, voice), new AbortController().signal);
  const chunks: Uint8Array[] = [];
  let firstMs = 0;
  for await (const chunk of stream.body) {
    if (chunks.length === 0) firstMs = performance.now() - began;
    chunks.push(chunk);
  }
  const ms = performance.now() - began;
  return { pcm: Buffer.concat(chunks), rate: stream.rate, segments: stream.timeline ?? [], firstMs, ms };
}

export function samplesOf({ pcm }: Pick<Said, 'pcm'>): Float64Array {
  return Float64Array.from(toInt16(pcm), (sample) => sample / 32_768);
}
