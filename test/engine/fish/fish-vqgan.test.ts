import { encode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { referenceAudio } from '../../reference-audio.ts';
import { anOrigin, fishApi, nobodyLeaves } from './fish-client.ts';

const tokensOf = (frames: number): number[][] =>
  Array.from({ length: 10 }, (_, codebook) => Array.from({ length: frames }, (_, frame) => codebook + frame));

test('audio becomes ten codebooks each, in order', async () => {
  const origin = await anOrigin();
  const audios = [referenceAudio(0.01), referenceAudio(0.2)];
  const tokens = await fishApi(origin).encode(audios, nobodyLeaves());
  expect(tokens.map((codebooks) => codebooks.length)).toEqual([10, 10]);
  expect(tokens.map(([first]) => first?.length)).toEqual([1, 5]);
  const seen = origin.requests[0]?.body as { audios: Uint8Array[] };
  expect(seen.audios.map((one) => new Uint8Array(one))).toEqual(audios);
});

test('tokens become float16 samples, untouched', async () => {
  const origin = await anOrigin();
  const [audio] = await fishApi(origin).decode([tokensOf(3)], nobodyLeaves());
  expect(audio?.length).toBe(3 * 2048 * 2);
  expect(new DataView(audio?.buffer ?? new ArrayBuffer(0), audio?.byteOffset).getUint16(2 * 4096, true)).toBe(
    2,
  );
});

const wrongAnswers: [string, Uint8Array | string][] = [
  ['HTML', '<html></html>'],
  ['a map without tokens', encode({ success: true })],
  ['fewer lists than asked for', encode({ tokens: [], audios: [] })],
  ['strings', encode({ tokens: [[['x']]], audios: ['x'] })],
  ['half a sample', encode({ tokens: [[[0.5]]], audios: [Uint8Array.of(1)] })],
  ['an announcement of four billion items', Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)],
  ['a body cut short', encode({ tokens: [tokensOf(3)], audios: [new Uint8Array(9)] }).subarray(0, 40)],
  ['more than it can be', new Uint8Array(9 * 1024 * 1024)],
];

test.each(wrongAnswers)('%s from the origin is no answer', async (_name, answer) => {
  const origin = await anOrigin();
  origin.trouble = { answer };
  const api = fishApi(origin);
  const error = { code: 'origin_unavailable' };
  await expect(api.encode([referenceAudio()], nobodyLeaves())).rejects.toMatchObject({ error });
  await expect(api.decode([tokensOf(1)], nobodyLeaves())).rejects.toMatchObject({ error });
});

test('audio that the origin cannot read is its 500, and the client learns no word of it', async () => {
  const origin = await anOrigin();
  const encoding = fishApi(origin).encode([new Uint8Array(4)], nobodyLeaves());
  await expect(encoding).rejects.toMatchObject({ error: { code: 'origin_unavailable' } });
});
