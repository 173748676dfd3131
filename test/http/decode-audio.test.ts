import { expect, test } from 'vitest';
import { decodeAudio } from '../../src/http/body.ts';
import { Turns } from '../../src/stream/turns.ts';
import { createFakeClock, realClock } from '../stream/fake-clock.ts';
import { settle } from '../stream/sources.ts';

const audio = Uint8Array.from({ length: 3_000_001 }, (_, index) => (index * index) >> 3);
const base64 = Buffer.from(audio).toString('base64');

const spellings: readonly (readonly [name: string, text: string])[] = [
  ['standard', base64],
  ['without padding', base64.replaceAll('=', '')],
  ['safe for addresses', base64.replaceAll('+', '-').replaceAll('/', '_')],
  ['behind a data: prefix', `data:audio/wav;base64,${base64}`],
];

test.each(spellings)('long base64, %s, becomes its bytes wherever a body has audio', async (_, text) => {
  const fields = {
    audio: text,
    audios: [text, 'short'],
    references: [{ audio: text, text: 'a' }, null],
    text,
  };
  await decodeAudio(fields, new Turns(realClock));
  for (const decoded of [fields.audio, fields.audios[0], fields.references[0]?.audio])
    expect(Buffer.compare(decoded as unknown as Uint8Array, audio)).toBe(0);
  expect([fields.audios[1], fields.text === text]).toEqual(['short', true]);
});

test.each([
  ['white space', `${base64.slice(0, 500_000)}\n${base64.slice(500_000)}`],
  ['padding in the middle', `${base64}${base64}`],
  ['another character', `${base64.slice(0, 3_000_000)}!${base64.slice(3_000_001)}`],
])('base64 with %s is left to the parser of its field', async (_, text) => {
  const fields = { audio: text };
  await decodeAudio(fields, new Turns(realClock));
  expect(fields.audio === text).toBe(true);
});

test.each([undefined, null, 1, 'text', [], { references: 'x', audios: {} }])(
  '%j is left alone',
  async (fields) => {
    await decodeAudio(fields, new Turns(realClock));
  },
);

test('others have their turns while it is decoded', async () => {
  const clock = createFakeClock();
  const turns = new Turns(clock);
  turns.now(() => {}, 6);
  const fields = { audio: base64 };
  const decoding = decodeAudio(fields, turns);
  await settle();
  expect([clock.pending, fields.audio === base64]).toEqual([1, true]);
  clock.advance(0);
  await decoding;
  expect(fields.audio === base64).toBe(false);
});
