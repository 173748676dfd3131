import { openSound } from '../audio/decode/open.ts';
import type { DecodeOutside } from '../audio/decode/sound.ts';
import { createResampler } from '../audio/dsp/resample.ts';
import { toInt16 } from '../audio/pcm.ts';
import { RECOGNIZER_RATE, type Recording } from './recognizer.ts';

/** Gives the compiled modules that decoding needs. */
export type LoadWasm = (name: 'opus' | 'resample') => Promise<WebAssembly.Module>;

/** What is left of a recording to be heard. */
export interface Decoding {
  /** The whole length in seconds, where it is known. */
  readonly seconds: number | undefined;
  /** Mono at `RECOGNIZER_RATE`, as it is decoded. */
  readonly samples: AsyncGenerator<Int16Array, void, void>;
}

/** Half a second: what is handed over at once of samples that are all there. */
const CHUNK_BYTES = RECOGNIZER_RATE;

interface DecodingParts {
  readonly loadWasm: LoadWasm;
  readonly outside?: DecodeOutside | undefined;
}

/** @throws Undecodable */
export async function openRecording(
  { kind, bytes }: Recording,
  { loadWasm, outside }: DecodingParts,
  signal: AbortSignal,
): Promise<Decoding> {
  if (kind === 'pcm') return { seconds: bytes.length / 2 / RECOGNIZER_RATE, samples: inChunks(bytes) };
  const { rate, seconds, pcm } = await openSound(bytes, { opus: () => loadWasm('opus'), outside }, signal);
  return { seconds, samples: resampled(pcm(), rate, await loadWasm('resample')) };
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Int16Array, void, void> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield toInt16(bytes.subarray(at, at + CHUNK_BYTES));
}

async function* resampled(
  pcm: AsyncGenerator<Uint8Array, void, void>,
  rate: number,
  module: WebAssembly.Module,
): AsyncGenerator<Int16Array, void, void> {
  const resampler = createResampler(rate, RECOGNIZER_RATE, 1, module);
  try {
    for await (const chunk of pcm) yield toInt16(resampler.push(chunk));
    yield toInt16(resampler.end());
  } finally {
    resampler.close();
  }
}
