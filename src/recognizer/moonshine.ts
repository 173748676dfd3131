import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { fileOf, floats, type LoadFile, type Ort } from '../engine/onnx/families/family.ts';
import { RECOGNIZER_RATE } from './recognizer.ts';

/** Shape of Moonshine tiny: its decoder's cache is [1, heads, tokens, size] for each layer. */
const LAYERS = 6;
const HEADS = 8;
const HEAD_SIZE = 36;
/** Ids from here on are markers, not text. */
const TEXT_TOKENS = 32_000;
const BEGIN = 1;
const END = 2;
/** The paper (arXiv 2410.15608, section 3.2) bounds what is written against endless repetition. */
const TOKENS_PER_SECOND = 6.5;
const MIN_TOKENS = 4;
/** What its first convolutions need to give anything. */
const MIN_SAMPLES = RECOGNIZER_RATE / 2;

interface Transcribed {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly meanLogProbability: number;
}

export interface SpeechModel {
  /** @param samples mono at `RECOGNIZER_RATE`, -1..1, at most half a minute */
  transcribe(samples: Float32Array): Promise<Transcribed>;
  release(): Promise<void>;
}

/** Turns tokens into the text that they stand for. */
type Spell = (tokens: readonly number[]) => string;

/** Moonshine tiny (English), greedy decoding. */
export async function loadMoonshine(
  files: Readonly<Record<string, string>>,
  load: LoadFile,
  ort: Ort,
): Promise<SpeechModel> {
  const encoder = await ort.createSession(await load(fileOf(files, 'encoder')));
  const decoder = await ort.createSession(await load(fileOf(files, 'decoder')));
  const spell = await loadSpelling();
  return {
    async transcribe(samples) {
      const input = samples.length < MIN_SAMPLES ? padded(samples) : samples;
      const audio = new ort.Tensor('float32', input, [1, input.length]);
      const { last_hidden_state: states } = await encoder.run({ input_values: audio });
      if (!states) throw new Error('The encoder has no output last_hidden_state.');
      const limit = Math.ceil((samples.length / RECOGNIZER_RATE) * TOKENS_PER_SECOND) + MIN_TOKENS;
      const { tokens, logProbability } = await write(ort, decoder, states, limit);
      const text = spell(tokens.filter((token) => token < TEXT_TOKENS)).trim();
      return { text, tokens, meanLogProbability: logProbability / (tokens.length + 1) };
    },
    async release() {
      await encoder.release();
      await decoder.release();
    },
  };
}

/** Its vocabulary is Llama's. Loaded with the model: it takes 40 ms and 10 MB that no voice needs. */
async function loadSpelling(): Promise<Spell> {
  const { default: llama } = await import('llama-tokenizer-js');
  return (tokens) => llama.decode([BEGIN, ...tokens], true, true);
}

function padded(samples: Float32Array): Float32Array {
  const longer = new Float32Array(MIN_SAMPLES);
  longer.set(samples);
  return longer;
}

async function write(
  ort: Ort,
  decoder: InferenceSession,
  states: Tensor,
  limit: number,
): Promise<{ tokens: number[]; logProbability: number }> {
  const past = emptyPast(ort);
  const tokens: number[] = [];
  let token = BEGIN;
  let logProbability = 0;
  for (let step = 0; step < limit; step++) {
    const out = await decoder.run({
      input_ids: new ort.Tensor('int64', BigInt64Array.of(BigInt(token)), [1, 1]),
      encoder_hidden_states: states,
      use_cache_branch: new ort.Tensor('bool', Uint8Array.of(step > 0 ? 1 : 0), [1]),
      ...past,
    });
    const logits = floats(out, 'logits');
    token = likeliest(logits);
    logProbability += logProbabilityOf(logits, token);
    if (token === END) break;
    tokens.push(token);
    for (const [name, value] of Object.entries(out)) {
      if (!name.startsWith('present.')) continue;
      if (step > 0 && name.includes('.encoder.')) continue; // only the first step fills them; later ones are empty
      past[name.replace('present', 'past_key_values')] = value;
    }
  }
  return { tokens, logProbability };
}

function emptyPast(ort: Ort): Record<string, Tensor> {
  const past: Record<string, Tensor> = {};
  for (let layer = 0; layer < LAYERS; layer++) {
    for (const part of ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value']) {
      const nothing = new ort.Tensor('float32', new Float32Array(0), [0, HEADS, 1, HEAD_SIZE]);
      past[`past_key_values.${layer}.${part}`] = nothing;
    }
  }
  return past;
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let token = 1; token < logits.length; token++) {
    if ((logits[token] ?? 0) > (logits[best] ?? 0)) best = token;
  }
  return best;
}

function logProbabilityOf(logits: Float32Array, likeliestToken: number): number {
  const highest = logits[likeliestToken] ?? 0;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - highest);
  return -Math.log(sum);
}
