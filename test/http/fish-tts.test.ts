import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpeechFailure } from '../../src/core/errors.ts';
import { type Asked, createTtsParser } from '../../src/dialects/fish/tts-fields.ts';
import { limits } from './limits.ts';

const parser = createTtsParser({ ...limits, maxTextLength: 20 });
const parse = (fields: unknown, textual = false): Asked => parser({ fields, textual });

function messageOf(fields: unknown): string {
  try {
    parse(fields);
  } catch (error) {
    if (error instanceof SpeechFailure && error.error.code === 'invalid_value') return error.error.message;
    throw error;
  }
  return '';
}

describe('a /v1/tts body', () => {
  it('takes upstream defaults when zero, empty or null, as the Go clients send them', () => {
    const zeros = {
      text: 'Hi',
      chunk_length: 0,
      format: '',
      references: null,
      reference_id: null,
      seed: 0,
      use_memory_cache: '',
      normalize: false,
      streaming: false,
      max_new_tokens: 0,
      top_p: 0,
      repetition_penalty: 0,
      temperature: 0,
      latency: 'normal',
    };
    const { request, output } = parse(zeros);
    expect(request.sampling).toEqual({ ...parse({ text: 'Hi' }).request.sampling, normalize: false });
    expect(request).toMatchObject({ voice: undefined, seed: undefined, references: [], whole: true });
    expect(output).toMatchObject({ format: 'wav', whole: true });
  });

  it('keeps every field it was given', () => {
    const { request, output } = parse({
      text: 'Hi',
      chunk_length: 150,
      format: 'wav',
      references: [{ audio: btoa('ID3 abc'), text: 'x' }],
      reference_id: 'my voice-1_b',
      seed: 7,
      use_memory_cache: 'on',
      streaming: true,
      max_new_tokens: 50,
      top_p: 0.1,
      repetition_penalty: 2,
      temperature: 1,
    });
    expect(request.references[0]?.audio).toEqual(new TextEncoder().encode('ID3 abc'));
    expect(request).toMatchObject({ voice: 'my voice-1_b', seed: 7, whole: false });
    expect(request.sampling).toMatchObject({
      chunkLength: 150,
      memoryCache: 'on',
      maxNewTokens: 50,
      topP: 0.1,
    });
    expect(output.whole).toBe(false);
  });

  it('takes the name of a mix of voices', () => {
    const { request } = parse({ text: 'Hi', reference_id: 'af_heart(2)+am_adam' });
    expect(request.voice).toBe('af_heart(2)+am_adam');
  });

  it('answers only what has its length in its head in one piece', () => {
    const whole = (format: string): boolean => parse({ text: 'Hi', format }).output.whole;
    expect(['wav', 'flac'].map(whole)).toEqual([true, true]);
    expect(['mp3', 'opus', 'pcm', 'aac'].map(whole)).toEqual([false, false, false, false]);
  });

  it('answers at 44.1 kHz, or as asked', () => {
    const rate = (fields: object): number | undefined => parse({ text: 'Hi', ...fields }).output.rate;
    for (const format of ['wav', 'pcm', 'mp3', 'aac', 'flac']) expect(rate({ format })).toBe(44_100);
    expect(rate({ format: 'opus' })).toBeUndefined(); // always 48 kHz
    expect(rate({ format: 'pcm', sample_rate: 24_000 })).toBe(24_000);
  });

  it('knows clients of the Fish Audio cloud by their model header', () => {
    const cloud = (fields: object, model: string): Asked =>
      parser({ fields: { text: 'Hi', ...fields }, textual: false }, model);
    expect(cloud({}, 's2-pro')).toMatchObject({ output: { format: 'mp3' }, request: { model: 's2-pro' } });
    expect(cloud({ format: 'wav' }, 's1').output.format).toBe('wav');
    expect(cloud({ format: 'opus', streaming: true }, 'none-that-is-known')).toMatchObject({
      output: { format: 'opus', whole: false },
      request: { model: undefined },
    });
  });

  it('reads a form, where everything is text', () => {
    const { request } = parse(
      { text: 'Hi', top_p: '0.5', chunk_length: '0', streaming: 'true', seed: '12' },
      true,
    );
    expect(request).toMatchObject({ seed: 12, whole: false });
    expect(request.sampling).toMatchObject({ topP: 0.5, chunkLength: 200 });
  });

  it.each([
    [{ text: '' }, 'text is required'],
    [{ text: ' \n' }, 'text is required'],
    [{}, 'text must be a string'],
    [{ text: 5 }, 'text must be a string'],
    [[], 'The body must be an object.'],
    [null, 'The body must be an object.'],
    [{ text: 'a', chunk_length: 99 }, 'chunk_length must be between 100 and 300'],
    [{ text: 'a', chunk_length: 301 }, 'chunk_length must be between 100 and 300'],
    [{ text: 'a', top_p: 1.1 }, 'top_p must be between 0.1 and 1.0'],
    [{ text: 'a', top_p: '0.5' }, 'top_p must be between 0.1 and 1.0'],
    [{ text: 'a', temperature: 0.05 }, 'temperature must be between 0.1 and 1.0'],
    [{ text: 'a', repetition_penalty: 2.5 }, 'repetition_penalty must be between 0.9 and 2.0'],
    [{ text: 'a', max_new_tokens: -1 }, 'max_new_tokens must be between 1 and 32768'],
    [{ text: 'a', seed: 1.5 }, 'seed must be between -9007199254740991 and 9007199254740991'],
    [{ text: 'a', format: 'wma' }, /^format must be one of wav, pcm, mp3/],
    [{ text: 'a', streaming: true, format: 'mp3' }, 'Streaming only supports WAV format'],
    [{ text: 'a', streaming: 'perhaps' }, 'streaming must be true or false'],
    [{ text: 'a', use_memory_cache: true }, 'use_memory_cache must be one of on, off'],
    [{ text: 'x'.repeat(21) }, 'Text is too long, max length is 20'],
    [{ text: 'a', reference_id: '../etc' }, /^reference_id must contain only/],
    [{ text: 'a', reference_id: 'anna+../etc' }, /^reference_id must contain only/],
    [{ text: 'a', reference_id: 'anna(0)+bert' }, /^reference_id must contain only/],
    [{ text: 'a', reference_id: ['x'] }, 'reference_id must be a string'],
    [{ text: 'a', references: 'x' }, 'references must be a list'],
    [{ text: 'a', references: [1, 2, 3] }, 'references must have at most 2 items'],
    [{ text: 'a', references: ['x'] }, 'references[0] must have audio and text'],
    [
      { text: 'a', references: [{ audio: '%%%', text: 'x' }] },
      'references[0].audio must be audio bytes or base64',
    ],
    [
      { text: 'a', references: [{ audio: {}, text: 'x' }] },
      'references[0].audio must be audio bytes or base64',
    ],
    [
      { text: 'a', references: [{ audio: btoa('abc'), text: 'x' }] },
      /^references\[0\]\.audio must be WAV, MP3/,
    ],
    [{ text: 'a', references: [{ audio: '', text: 'x' }] }, 'references[0].audio must not be empty'],
    [
      { text: 'a', references: [{ audio: new Uint8Array(101), text: 'x' }] },
      'references[0].audio must have at most 100 bytes',
    ],
  ])('refuses %j', (fields, message) => {
    expect(messageOf(fields)).toMatch(message);
  });

  it('counts code points, not UTF-16 units', () => {
    expect(messageOf({ text: 'a😀'.repeat(10) })).toBe('');
  });

  it('answers any object with a request or a named 400', () => {
    const keys = [
      'text',
      'chunk_length',
      'format',
      'references',
      'seed',
      'streaming',
      'top_p',
      'temperature',
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.anything({ withBigInt: false })), (fields) => {
        expect(typeof messageOf(fields)).toBe('string');
      }),
    );
  });
});
