import * as z from 'zod';
import { invalid } from '../../core/errors.ts';
import { audioField } from '../../http/audio-bytes.ts';
import { parseFields } from '../../http/fields.ts';
import type { Limits } from '../../http/options.ts';

/** Bodies of the codec's routes (docs/fish-speech.md, codec). Upstream checks nothing of them. All throw SpeechFailure invalid_value. */

/** Audios or token lists of one request; Fish-Speech computes them one after the other. */
const MAX_AUDIOS = 64;
/** One semantic codebook, then nine residual ones (the DAC codec of Fish-Speech since S1). */
const codebookSizes = [4096, ...Array<number>(9).fill(1024)];
/** 2048 samples of float16. */
const FRAME_BYTES = 4096;
/** Bytes of a body of tokens: more than `limits.max_whole_audio` lets through by far; what is beyond is not read. */
export const MAX_TOKEN_BODY: number = 4 * 1024 * 1024;

export function createEncodeParser(limits: Limits): (fields: unknown) => readonly Uint8Array[] {
  return (fields) => {
    const audios = listOf(fields, 'audios', 'No audio provided', true);
    const field = (index: number) => audioField(`audios[${index}]`, limits.maxReferenceBytes);
    return audios.map(
      (audio, index) => parseFields(z.object({ audios: field(index) }), { audios: audio }).audios,
    );
  };
}

/** The tokens are `[audio][codebook][frame]`; as many as make `limits.maxWholeAudio` bytes of audio at most. */
export function createDecodeParser(limits: Limits): (fields: unknown) => readonly number[][][] {
  return (fields) => {
    const tokens = listOf(fields, 'tokens', 'No tokens provided', false);
    let frames = 0;
    for (const [index, codebooks] of tokens.entries()) {
      frames += checkTokens(codebooks, `tokens[${index}]`);
      if (frames * FRAME_BYTES > limits.maxWholeAudio) {
        throw invalid(`tokens must make at most ${limits.maxWholeAudio} bytes of audio`, 'tokens');
      }
    }
    return tokens as number[][][];
  };
}

const bodySchema = z.record(z.string(), z.unknown(), { error: 'The body must be an object.' });

/** @param single whether one item needs no list around it, as in a form with one file */
function listOf(fields: unknown, name: string, missing: string, single: boolean): readonly unknown[] {
  const value = parseFields(bodySchema, fields)[name];
  if (value === undefined || value === null) throw invalid(missing, name);
  const list = single && value instanceof Uint8Array ? [value] : value;
  if (!Array.isArray(list)) throw invalid(`${name} must be a list`, name);
  if (list.length === 0) throw invalid(missing, name);
  if (list.length > MAX_AUDIOS) throw invalid(`${name} must have at most ${MAX_AUDIOS} items`, name);
  return list;
}

/** How many frames there are. */
function checkTokens(codebooks: unknown, name: string): number {
  const count = codebookSizes.length;
  if (!Array.isArray(codebooks) || codebooks.length !== count) {
    throw invalid(`${name} must be a list of ${count} codebooks`, 'tokens');
  }
  const [first] = codebooks as unknown[];
  const frames = Array.isArray(first) ? first.length : 0;
  for (const [index, size] of codebookSizes.entries()) {
    const codebook: unknown = codebooks[index];
    const place = `${name}[${index}]`;
    if (!Array.isArray(codebook) || codebook.length === 0) {
      throw invalid(`${place} must be a list of integers`, 'tokens');
    }
    if (codebook.length !== frames) {
      throw invalid(`${place} must have ${frames} integers like the first codebook`, 'tokens');
    }
    const wrong = codebook.findIndex((token) => !Number.isInteger(token) || token < 0 || token >= size);
    if (wrong >= 0)
      throw invalid(`${place}[${wrong}] must be an integer between 0 and ${size - 1}`, 'tokens');
  }
  return frames;
}
