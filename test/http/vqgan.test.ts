import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpeechFailure } from '../../src/core/errors.ts';
import { createDecodeParser, createEncodeParser } from '../../src/dialects/fish/token-fields.ts';
import { limits } from './limits.ts';

const parseEncode = createEncodeParser(limits);
const parseDecode = createDecodeParser({ ...limits, maxWholeAudio: 10 * 4096 });

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SpeechFailure && error.error.code === 'invalid_value') return error.error.message;
    throw error;
  }
  return '';
}

/** Tokens of one audio, with one codebook as given. */
const tokens = (frames: number, at = -1, codebook: unknown = []): unknown[] =>
  Array.from({ length: 10 }, (_, index) => (index === at ? codebook : Array(frames).fill(1)));
const flac = new TextEncoder().encode('fLaC....');

describe('a /v1/vqgan/encode body', () => {
  it('has audio as bytes or base64; a form with one file needs no list', () => {
    expect(parseEncode({ audios: [flac, btoa('fLaC....')] })).toEqual([flac, flac]);
    expect(parseEncode({ audios: flac })).toEqual([flac]);
  });

  it.each([
    [null, 'The body must be an object.'],
    [[], 'The body must be an object.'],
    [{}, 'No audio provided'],
    [{ audios: null }, 'No audio provided'],
    [{ audios: [] }, 'No audio provided'],
    [{ audios: 'fLaC' }, 'audios must be a list'],
    [{ audios: [flac, 5] }, 'audios[1] must be audio bytes or base64'],
    [{ audios: [''] }, 'audios[0] must not be empty'],
    [{ audios: [new Uint8Array(101)] }, 'audios[0] must have at most 100 bytes'],
    [{ audios: [new Uint8Array(50)] }, /^audios\[0\] must be WAV, MP3/],
    [{ audios: Array(65).fill(flac) }, 'audios must have at most 64 items'],
  ])('refuses %j', (body, message) => {
    expect(messageOf(() => parseEncode(body))).toMatch(message);
  });
});

describe('a /v1/vqgan/decode body', () => {
  it('has ten codebooks of one length for each audio', () => {
    const body = { tokens: [tokens(3), tokens(2, 0, [0, 4095]), tokens(1, 9, [1023])] };
    expect(parseDecode(body)).toEqual(body.tokens);
  });

  it.each([
    [{}, 'No tokens provided'],
    [{ tokens: [] }, 'No tokens provided'],
    [{ tokens: 'abc' }, 'tokens must be a list'],
    [{ tokens: flac }, 'tokens must be a list'],
    [{ tokens: [1, 2] }, 'tokens[0] must be a list of 10 codebooks'],
    [{ tokens: [[[1], [1]]] }, 'tokens[0] must be a list of 10 codebooks'],
    [{ tokens: [tokens(1), tokens(1).slice(1)] }, 'tokens[1] must be a list of 10 codebooks'],
    [{ tokens: [tokens(0)] }, 'tokens[0][0] must be a list of integers'],
    [{ tokens: [tokens(2, 4, 7)] }, 'tokens[0][4] must be a list of integers'],
    [{ tokens: [tokens(2, 4, [1])] }, 'tokens[0][4] must have 2 integers like the first codebook'],
    [{ tokens: [tokens(2, 0, [1, 4096])] }, 'tokens[0][0][1] must be an integer between 0 and 4095'],
    [{ tokens: [tokens(2, 9, [1, 1024])] }, 'tokens[0][9][1] must be an integer between 0 and 1023'],
    [{ tokens: [tokens(1, 3, [-1])] }, 'tokens[0][3][0] must be an integer between 0 and 1023'],
    [{ tokens: [tokens(1, 3, [0.5])] }, 'tokens[0][3][0] must be an integer between 0 and 1023'],
    [{ tokens: [tokens(1, 3, ['1'])] }, 'tokens[0][3][0] must be an integer between 0 and 1023'],
    [{ tokens: [tokens(6), tokens(5)] }, 'tokens must make at most 40960 bytes of audio'],
  ])('refuses %j', (body, message) => {
    expect(messageOf(() => parseDecode(body))).toBe(message);
  });

  it('answers any shape with tokens or a named 400', () => {
    const numbers = fc.oneof(fc.integer({ min: -5, max: 5000 }), fc.double(), fc.string());
    const shapes = fc.array(fc.array(fc.oneof(numbers, fc.array(numbers))));
    fc.assert(
      fc.property(fc.oneof(shapes, fc.anything({ withBigInt: false })), (value) => {
        expect(messageOf(() => parseDecode({ tokens: value }))).toMatch(/tokens/);
      }),
    );
  });
});
