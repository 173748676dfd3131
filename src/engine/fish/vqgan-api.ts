import { decode, encode } from '@msgpack/msgpack';
import type { FishApi } from '../../core/engine.ts';
import type { Ports } from '../../core/ports.ts';
import { callOrigin, malformedResponse, type OriginCall } from '../upstream/call.ts';
import type { FishOptions } from './options.ts';

type VqganApi = Pick<FishApi, 'encode' | 'decode'>;

const HEADERS = { 'content-type': 'application/msgpack' };
/** An hour of speech has 800,000 tokens (10 for each of 21.5 frames a second), of three bytes at most. */
const MAX_TOKEN_BYTES = 8 * 1024 * 1024;
/** 2048 samples of two bytes; twice that leaves room for a codec of longer frames. */
const MAX_FRAME_BYTES = 8192;
const MAX_OVERHEAD_BYTES = 64 * 1024;
const FLOAT16_BYTES = 2;

/** The codec of one origin (docs/fish-speech.md, codec), which answers msgpack under `text/plain`. */
export function createVqganApi(options: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): VqganApi {
  const ask = async (
    path: string,
    fields: object,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<unknown> => {
    const call: OriginCall = { path, method: 'POST', headers: HEADERS, body: encode(fields), maxBytes };
    const { bytes } = await callOrigin(options, ports, call, signal);
    try {
      // Lengths are bounded by the bytes that came: a header alone must not allocate four billion places.
      return decode(bytes, {
        maxArrayLength: bytes.length,
        maxMapLength: bytes.length,
        maxBinLength: bytes.length,
        maxStrLength: bytes.length,
        maxExtLength: 0,
      });
    } catch {
      throw malformedResponse('broken msgpack');
    }
  };
  return {
    async encode(audios, signal) {
      const answer = await ask('/v1/vqgan/encode', { audios }, MAX_TOKEN_BYTES, signal);
      const tokens = (answer as { tokens?: unknown } | null)?.tokens;
      if (!isListOf(tokens, isTokens) || tokens.length !== audios.length)
        throw malformedResponse('no tokens');
      return tokens;
    },
    async decode(tokens, signal) {
      const frames = tokens.reduce((sum, codebooks) => sum + (codebooks[0]?.length ?? 0), 0);
      const maxBytes = frames * MAX_FRAME_BYTES + MAX_OVERHEAD_BYTES;
      const answer = await ask('/v1/vqgan/decode', { tokens }, maxBytes, signal);
      const audios = (answer as { audios?: unknown } | null)?.audios;
      if (!isListOf(audios, isFloat16) || audios.length !== tokens.length)
        throw malformedResponse('no audio');
      return audios;
    },
  };
}

function isListOf<T>(value: unknown, holds: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(holds);
}

const isToken = (value: unknown): value is number => Number.isInteger(value);
const isCodebook = (value: unknown): value is number[] => isListOf(value, isToken);
const isTokens = (value: unknown): value is number[][] => isListOf(value, isCodebook);

function isFloat16(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length % FLOAT16_BYTES === 0;
}
