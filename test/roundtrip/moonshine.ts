import { readFile } from 'node:fs/promises';
import tokenizer from 'llama-tokenizer-js';
import * as ort from 'onnxruntime-web';

/** Samples a second that Moonshine hears. */
export const hearingRate = 16_000;

const layers = 6;
const heads = 8;
const headSize = 36;
const vocabulary = 32_768;
/** Ids from here on are markers, not text. */
const textTokens = 32_000;
const beginToken = 1;
const endToken = 2;
/** The Moonshine paper (arXiv 2410.15608) bounds output at 6 tokens a second against endless repetition. */
const tokensPerSecond = 6.5;

/** Mono float PCM at `hearingRate` in, what was said out. */
export type Transcribe = (pcm: Float32Array) => Promise<string>;

/** Moonshine tiny (English), greedy decoding, one thread. */
export async function loadMoonshine(files: { encoder: string; decoder: string }): Promise<Transcribe> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const encoder = await ort.InferenceSession.create(await readFile(files.encoder));
  const decoder = await ort.InferenceSession.create(await readFile(files.decoder));
  return async (pcm) => {
    const input = new ort.Tensor('float32', pcm, [1, pcm.length]);
    const heard = await encoder.run({ input_values: input });
    const states = heard.last_hidden_state;
    if (!states) throw new Error('The encoder has no output last_hidden_state.');
    const limit = Math.ceil((pcm.length / hearingRate) * tokensPerSecond) + 4;
    const tokens = await decode(decoder, states, limit);
    return tokenizer.decode([beginToken, ...tokens.filter((token) => token < textTokens)], true, true).trim();
  };
}

async function decode(decoder: ort.InferenceSession, states: ort.Tensor, limit: number): Promise<number[]> {
  const past = emptyPast();
  const tokens: number[] = [];
  let token = beginToken;
  for (let step = 0; step < limit; step++) {
    const out = await decoder.run({
      input_ids: new ort.Tensor('int64', BigInt64Array.of(BigInt(token)), [1, 1]),
      encoder_hidden_states: states,
      use_cache_branch: new ort.Tensor('bool', Uint8Array.of(step > 0 ? 1 : 0), [1]),
      ...past,
    });
    token = likeliest(out.logits?.data as Float32Array);
    if (token === endToken) break;
    tokens.push(token);
    for (const [name, value] of Object.entries(out)) {
      if (!name.startsWith('present.')) continue;
      if (step > 0 && name.includes('.encoder.')) continue; // only the first step fills them; later ones are empty
      past[name.replace('present', 'past_key_values')] = value;
    }
  }
  return tokens;
}

function emptyPast(): Record<string, ort.Tensor> {
  const past: Record<string, ort.Tensor> = {};
  for (let layer = 0; layer < layers; layer++) {
    for (const side of ['decoder', 'encoder']) {
      for (const part of ['key', 'value']) {
        past[`past_key_values.${layer}.${side}.${part}`] = new ort.Tensor('float32', new Float32Array(0), [
          0,
          heads,
          1,
          headSize,
        ]);
      }
    }
  }
  return past;
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let token = 1; token < vocabulary; token++) {
    if ((logits[token] ?? 0) > (logits[best] ?? 0)) best = token;
  }
  return best;
}
