import type { ServerResponse } from 'node:http';
import { encode } from '@msgpack/msgpack';
import type { ServerLoop } from './loop.ts';
import { isDecodable, type Profile } from './profiles.ts';
import { OriginError } from './replies.ts';
import { parseAudios, parseTokens } from './schema-vqgan.ts';

const CODEBOOKS = 10;
const SEMANTIC_TOKENS = 4096;
const RESIDUAL_TOKENS = 1024;
const SAMPLES_PER_FRAME = 2048;
const BYTES_PER_FRAME = 4096;
const FLOAT16_BYTES = 2;

/** The codec (docs/fish-speech.md, codec): one frame for each 4096 bytes of audio, tokens that tell their place. */
function encodeAudios(body: unknown): object {
  const audios = parseAudios(body);
  if (audios.length === 0 || !audios.every(isDecodable)) {
    throw new OriginError(500, 'Failed to encode audio');
  }
  const tokens = audios.map((audio) =>
    Array.from({ length: CODEBOOKS }, (_, codebook) =>
      Array.from(
        { length: Math.ceil(audio.length / BYTES_PER_FRAME) },
        (_, frame) => (codebook * 100 + frame) % (codebook === 0 ? SEMANTIC_TOKENS : RESIDUAL_TOKENS),
      ),
    ),
  );
  return { tokens };
}

/** Float16 little-endian mono, no header: each sample's bits are the frame's semantic token. */
function decodeTokens(body: unknown, { decodesTokens }: Profile): object {
  const lists = parseTokens(body);
  if (!decodesTokens) throw new OriginError(500, 'Failed to decode tokens to audio');
  const audios = lists.map((codebooks) => {
    const [semantic = []] = codebooks;
    const isSound =
      codebooks.length === CODEBOOKS && codebooks.every((one) => one.length === semantic.length);
    if (!isSound) throw new OriginError(500, 'Failed to decode tokens to audio');
    const audio = new Uint8Array(semantic.length * SAMPLES_PER_FRAME * FLOAT16_BYTES);
    const view = new DataView(audio.buffer);
    for (let sample = 0; sample < audio.length / FLOAT16_BYTES; sample++) {
      const token = semantic[Math.floor(sample / SAMPLES_PER_FRAME)] ?? 0;
      view.setUint16(sample * FLOAT16_BYTES, token, true);
    }
    return audio;
  });
  return { audios };
}

type Codec = (body: unknown, profile: Profile) => object;

export const VQGAN_ROUTES: Record<string, Codec> = {
  '/v1/vqgan/encode': encodeAudios,
  '/v1/vqgan/decode': decodeTokens,
};

/** msgpack under `text/plain`, after all generation that was asked for before. */
export async function answerVqgan(
  run: Codec,
  body: unknown,
  profile: Profile,
  loop: ServerLoop,
  response: ServerResponse,
): Promise<void> {
  await loop.block(async () => {
    const packed = encode(run(body, profile));
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(packed);
  });
}
