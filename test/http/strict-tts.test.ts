import { describe, expect, it } from 'vitest';
import { SpeechFailure } from '../../src/core/errors.ts';
import { type Asked, createTtsParser } from '../../src/dialects/fish/tts-fields.ts';
import { FailureWithResponse } from '../../src/http/error-response.ts';
import { limits } from './limits.ts';

describe('a strict /v1/tts body', () => {
  const parser = createTtsParser(limits, true);
  const parse = (fields: unknown): Asked => parser({ fields, textual: false });

  it.each([
    [50, 100],
    [1000, 300],
    ['150', 150],
    [0, 200],
  ])('takes chunk_length %j for %d, as upstream takes any', (chunk_length, chunkLength) => {
    expect(parse({ text: 'a', chunk_length }).request.sampling.chunkLength).toBe(chunkLength);
  });

  it('still keeps the gateway’s own limits, as 400', () => {
    const bad = { text: 'a', reference_id: '../etc' };
    expect(() => parse(bad)).toThrow(SpeechFailure);
    expect(() => parse(bad)).not.toThrow(FailureWithResponse);
  });

  it('refuses the zeros of Go clients, as upstream does', () => {
    expect(() => parse({ text: 'a', top_p: 0 })).toThrow(FailureWithResponse);
  });
});
