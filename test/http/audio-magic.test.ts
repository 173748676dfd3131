import { describe, expect, it } from 'vitest';
import { audioField, bytesField, looksLikeAudio, toBase64, toBytes } from '../../src/http/audio-bytes.ts';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe('looksLikeAudio', () => {
  it.each([
    ['WAV', 'RIFF\x24\0\0\0WAVEfmt '],
    ['WAV beyond 4 GiB', 'RF64\xff\xff\xff\xffWAVEds64'],
    ['AIFF', 'FORM\0\0\0\x24AIFFCOMM'],
    ['AIFC', 'FORM\0\0\0\x24AIFCFVER'],
    ['MP3 with a tag', 'ID3\x03\0\0\0'],
    ['MP3 without a tag', '\xff\xfb\x90\x64'],
    ['MP3 of MPEG-2', '\xff\xf3\x40\xc4'],
    ['FLAC', 'fLaC\0\0\0\x22'],
    ['Ogg', 'OggS\0\x02'],
    ['M4A', '\0\0\0\x20ftypM4A '],
    ['AAC in ADTS', '\xff\xf1\x50\x80'],
    ['AAC in ADIF', 'ADIF\0'],
    ['WMA', '\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9'],
    ['WebM', '\x1a\x45\xdf\xa3\x01'],
  ])('takes %s', (_, head) => {
    expect(looksLikeAudio(latin1(head))).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['text', 'Hello there, this is a transcript.'],
    ['JSON', '{"audio":"x"}'],
    ['HTML', '<!doctype html>'],
    ['UTF-16 text', '\xff\xfeH\0e\0l\0l\0o\0'],
    ['PNG', '\x89PNG\r\n\x1a\n'],
    ['JPEG', '\xff\xd8\xff\xe0'],
    ['a RIFF that is a picture', 'RIFF\x24\0\0\0WEBPVP8 '],
    ['a RIFF that is a film', 'RIFF\x24\0\0\0AVI LIST'],
    ['PDF', '%PDF-1.7'],
    ['ZIP', 'PK\x03\x04'],
    ['silence without a header', '\0'.repeat(100)],
    ['a frame of a reserved rate', '\xff\xfb\x9c\x64'],
    ['half a header', '\xff\xfb'],
  ])('refuses %s', (_, head) => {
    expect(looksLikeAudio(latin1(head))).toBe(false);
  });
});

describe('audio in a body', () => {
  const reads = (value: unknown): unknown => {
    const result = audioField('audio', 12).safeParse(value);
    return result.success ? result.data : result.error.issues[0]?.message;
  };
  const audio = latin1('OggS\xfb\xff\xfe');

  it.each([
    ['bytes', audio],
    ['base64', 'T2dnU/v//g=='],
    ['URL-safe base64 without padding', 'T2dnU_v__g'],
    ['a data URI', 'data:audio/ogg;base64,T2dnU/v//g=='],
  ])('is %s', (_, value) => {
    expect(reads(value)).toEqual(audio);
  });

  it.each([
    [undefined, 'audio is required'],
    [null, 'audio is required'],
    [5, 'audio must be audio bytes or base64'],
    ['%%%', 'audio must be audio bytes or base64'],
    ['', 'audio must not be empty'],
    [new Uint8Array(13), 'audio must have at most 12 bytes'],
    ['A'.repeat(20), 'audio must have at most 12 bytes'],
    ['A'.repeat(16), /^audio must be WAV, MP3/],
  ])('is not %j', (value, message) => {
    expect(reads(value)).toMatch(message);
  });

  it('that is too large is refused before it is decoded', () => {
    const huge = '%'.repeat(1000);
    expect(bytesField('audio', 12).safeParse(huge).error?.issues[0]?.message).toMatch('at most 12 bytes');
  });

  it.each([0, 1, 2, 3, 24_575, 24_576, 24_577, 50_000])('comes back from base64 of %d bytes', (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 7) % 256);
    expect(toBytes(toBase64(bytes))).toEqual(bytes);
  });
});
