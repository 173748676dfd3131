import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bytesOf, type Context, post } from './context.ts';

/** The fake origin's tone is deterministic, so every path from there is, on every runtime. */
const golden: readonly (readonly [what: string, path: string, body: object, sha256: string])[] = [
  [
    'whole wav',
    '/v1/tts',
    { text: 'One two three.' },
    '8477fd691d4712f1965b9cbc275e26eab02b02ec298d2de8e97badde176b1bf7',
  ],
  [
    'streamed wav',
    '/v1/tts',
    { text: 'One two three.', streaming: true },
    '6f6f6ff8ce19e99bd82a6b12deeceed07d7d6bfc0221c430c4b390ab3307c163',
  ],
  [
    'mp3 at 44.1 kHz',
    '/v1/audio/speech',
    { input: 'One two three.' },
    '71b30357522fb16e275d3b8a1ef1e8d1ce200c1aea7f553043c4060c5c32ad79',
  ],
  [
    'pcm at 24 kHz',
    '/v1/audio/speech',
    { input: 'One two three.', response_format: 'pcm' },
    '63f9b9b9dab9181fb745bd8ee870f8659ece15f4b910d9310d331230d516a1d9',
  ],
  [
    'mp3 at another speed',
    '/v1/audio/speech',
    { input: 'One two three.', speed: 1.5 },
    '37cdb91314a9a53c3842cc4011427049c4225568863e640e3de243c56a2bd0d4',
  ],
  [
    'a refused value',
    '/v1/tts',
    { text: 'a', top_p: 7 },
    'be1793f6c669c5389bf9e257bbd0a52d9efbbf9a28a8b8e17e1389663f2a63e3',
  ],
  [
    'a refused voice',
    '/v1/audio/speech',
    { input: 'a', voice: 'nobody' },
    '5049ee3978a1bf4f4b2e2f9e23271b3da90a8b7873a93d5e745e9f8424e44194',
  ],
];
const steady = [
  'content-type',
  'content-disposition',
  'x-audio-sample-rate',
  'x-engine',
  'x-cache',
  'cache-control',
];

export function addGolden({ server }: Context): void {
  describe('the same bytes on every runtime', () => {
    it.each(golden)('%s', async (_, path, body, sha256) => {
      const response = await post(`${server().url}${path}`, body);
      const hash = createHash('sha256').update(`${response.status}\n`);
      for (const name of steady) hash.update(`${name}: ${response.headers.get(name)}\n`);
      hash.update(await bytesOf(response));
      expect(hash.digest('hex')).toBe(sha256);
    });
  });
}
