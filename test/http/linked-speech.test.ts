import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpeechFailure } from '../../src/core/errors.ts';
import { parseOpenaiSpeech } from '../../src/dialects/openai/speech-fields.ts';
import { readLinkPayload, toLinkPayload } from '../../src/http/linked-speech.ts';
import { audioFormatNames } from '../../src/speech/output.ts';
import { limits } from './limits.ts';

const body = fc.record(
  {
    input: fc.constantFrom('Hello.', ' Two words ', 'Ünï😀'),
    voice: fc.constantFrom('anna', 'default', '', { id: 'bert' }),
    model: fc.constantFrom('tts-1', 's1', 'fish-audio/s2-pro', 'someone'),
    instructions: fc.constantFrom('Cheerful.', ''),
    speed: fc.constantFrom(0.25, 1, '1.5', 4),
    seed: fc.constantFrom(0, -7, Number.MAX_SAFE_INTEGER),
    volume: fc.constantFrom(-20, 0, 3.5),
    response_format: fc.constantFrom(...audioFormatNames),
    sample_rate: fc.constantFrom(8000, 44_100),
    bitrate: fc.constantFrom(6, 64, 512),
    mp3_bitrate: fc.constantFrom(8, 320),
    opus_bitrate: fc.constantFrom(6, 48_000, -1000),
  },
  { requiredKeys: ['input'] },
);

describe('a signed address', () => {
  it('says everything that was asked for', () => {
    fc.assert(
      fc.property(body, (asked) => {
        const { request, output } = parseOpenaiSpeech(asked, limits);
        const sent: unknown = JSON.parse(JSON.stringify({ ...toLinkPayload(request, output), key: 'ada' }));
        expect(readLinkPayload(sent, limits)).toEqual({ request, output });
      }),
    );
  });

  it('is read as it was written before', () => {
    const { request, output } = readLinkPayload(
      {
        ...{ input: 'Hello.', voice: 'anna', model: 's1', speed: 1.5, seed: 3, volume: -2 },
        ...{ response_format: 'pcm', sample_rate: 24_000, bitrate: 64 },
      },
      limits,
    );
    expect(request).toMatchObject({
      text: 'Hello.',
      voice: 'anna',
      model: 's1',
      speed: 1.5,
      seed: 3,
      volumeDb: -2,
    });
    expect(output).toMatchObject({ format: 'pcm', rate: 24_000, bitrate: 64, whole: false });
  });

  it.each([
    ['a text that is too long by now', { input: 'a'.repeat(limits.maxInputLength + 1) }],
    ['a format that is gone', { response_format: 'wma' }],
    ['no text', { input: undefined }],
    ['a speed beyond the range', { speed: 9 }],
  ])('is refused with %s', (_, wrong) => {
    const fields = { input: 'Hello.', speed: 1, response_format: 'mp3', ...wrong };
    expect(() => readLinkPayload(fields, limits)).toThrow(SpeechFailure);
  });
});
