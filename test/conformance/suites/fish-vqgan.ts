import { decode, encode } from '@msgpack/msgpack';
import { afterEach, describe, expect, it } from 'vitest';
import { referenceAudio } from '../../reference-audio.ts';
import { type Context, type FishError, post } from './context.ts';

const msgpack = { 'content-type': 'application/msgpack' };
const json = { accept: 'application/json' };
const audio = referenceAudio(0.2);

export function addFishVqgan({ server, origin }: Context): void {
  const send = (route: string, body: object): Promise<Response> =>
    fetch(`${server().url}/v1/vqgan/${route}`, {
      method: 'POST',
      headers: msgpack,
      body: encode(body) as BodyInit,
    });
  const sendJson = (route: string, body: object): Promise<Response> =>
    post(`${server().url}/v1/vqgan/${route}`, body, { headers: json });

  const asked = (): number => origin().requests.filter(({ path }) => path.startsWith('/v1/vqgan/')).length;

  describe('the codec', () => {
    afterEach(() => {
      origin().trouble = {};
    });

    it('encodes and decodes msgpack, labelled as such', async () => {
      const encoded = await send('encode', { audios: [audio, audio] });
      expect([encoded.status, encoded.headers.get('content-type')]).toEqual([200, 'application/msgpack']);
      const { tokens } = decode(await encoded.arrayBuffer()) as { tokens: number[][][] };
      expect([tokens.length, tokens[0]?.length, tokens[0]?.[0]?.length]).toEqual([2, 10, 5]);
      const decoded = await send('decode', { tokens });
      expect([decoded.status, decoded.headers.get('content-type')]).toEqual([200, 'application/msgpack']);
      const { audios } = decode(await decoded.arrayBuffer()) as { audios: Uint8Array[] };
      expect(audios.map(({ length }) => length)).toEqual([5 * 4096, 5 * 4096]);
    });

    it('speaks JSON with base64 to who asks for it', async () => {
      const base64 = Buffer.from(audio).toString('base64');
      const encoded = await sendJson('encode', { audios: [base64] });
      const { tokens } = (await encoded.json()) as { tokens: number[][][] };
      const { audios } = (await (await sendJson('decode', { tokens })).json()) as { audios: string[] };
      const packed = decode(await (await send('decode', { tokens })).arrayBuffer()) as {
        audios: Uint8Array[];
      };
      expect(audios).toEqual(packed.audios.map((one) => Buffer.from(one).toString('base64')));
    });

    it('takes minutes of tokens, which are longer lists than a speech request may have', async () => {
      const tokens = [Array<number[]>(10).fill(Array<number>(4200).fill(1))];
      const response = await send('decode', { tokens });
      const { audios } = decode(await response.arrayBuffer()) as { audios: Uint8Array[] };
      expect(audios[0]?.length).toBe(4200 * 4096);
    });

    it.each([
      ['encode', {}, 'No audio provided'],
      ['encode', { audios: [] }, 'No audio provided'],
      ['encode', { audios: ['PGh0bWw+'] }, /^audios\[0\] must be WAV, MP3/],
      ['encode', { audios: ['A'.repeat(100_000)] }, 'audios[0] must have at most 65536 bytes'],
      ['decode', {}, 'No tokens provided'],
      ['decode', { tokens: [[[1]]] }, 'tokens[0] must be a list of 10 codebooks'],
      ['decode', { tokens: [Array(10).fill([1.5])] }, /^tokens\[0\]\[0\]\[0\] must be an integer/],
      ['decode', { tokens: [Array(10).fill([4000])] }, /^tokens\[0\]\[1\]\[0\] must be an integer/],
    ])('%s of %j never reaches the origin', async (route, body, detail) => {
      const before = asked();
      const response = await sendJson(route, body);
      expect(response.status).toBe(400);
      expect(((await response.json()) as FishError).detail).toMatch(detail);
      expect(asked()).toBe(before);
    });

    it.each([{ status: 500 }, { answer: 'Failed at /opt/fish' }, { dies: true }])(
      'an origin with %j is a 502 without a word of it',
      async (trouble) => {
        origin().trouble = trouble;
        const response = await send('encode', { audios: [audio] });
        const body = await response.text();
        expect([response.status, body.includes('Backend service unavailable')]).toEqual([502, true]);
        expect(body).not.toMatch(/opt|Failed|127\.0/);
      },
    );

    it('has no other method', async () => {
      const response = await fetch(`${server().url}/v1/vqgan/encode`);
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    });
  });
}
