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
/** The output has 128 KiB for each token that goes in at once. */
const MAX_DRAFT = 32;
/** What its first convolutions need to give anything. */
const MIN_SAMPLES = RECOGNIZER_RATE / 2;

interface Transcribed {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly meanLogProbability: number;
}

export interface SpeechModel {
  /**
   * @param samples mono at `RECOGNIZER_RATE`, -1..1, at most half a minute
   * @param draft what may be the beginning of the text, as tokens: as many as the model itself would write are not written one by one
   */
  transcribe(samples: Float32Array, draft?: readonly number[]): Promise<Transcribed>;
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
    async transcribe(samples, draft = []) {
      const input = samples.length < MIN_SAMPLES ? padded(samples) : samples;
      const audio = new ort.Tensor('float32', input, [1, input.length]);
      const { last_hidden_state: states } = await encoder.run({ input_values: audio });
      if (!states) throw new Error('The encoder has no output last_hidden_state.');
      const limit = Math.ceil((samples.length / RECOGNIZER_RATE) * TOKENS_PER_SECOND) + MIN_TOKENS;
      const { tokens, logProbability } = await write({ ort, decoder, states }, limit, draft);
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

interface Writing {
  readonly ort: Ort;
  readonly decoder: InferenceSession;
  /** Of the encoder: what was heard. */
  readonly states: Tensor;
}

/**
 * The likeliest token after each other, at most `limit`. The first run is given the draft and says what follows each token of it: those
 * that it would have written itself count, which takes a quarter of the time of as many runs (Leviathan et al., arXiv 2211.17192,
 * without a model that drafts).
 */
async function write(
  { ort, decoder, states }: Writing,
  limit: number,
  draft: readonly number[],
): Promise<{ tokens: number[]; logProbability: number }> {
  const past = emptyPast(ort);
  const tokens: number[] = [];
  let logProbability = 0;
  let input = [BEGIN, ...draft.slice(0, Math.min(MAX_DRAFT, limit - 1))];
  for (let isFirst = true; tokens.length < limit; isFirst = false) {
    const out = await decoder.run({
      input_ids: new ort.Tensor('int64', BigInt64Array.from(input, BigInt), [1, input.length]),
      encoder_hidden_states: states,
      use_cache_branch: new ort.Tensor('bool', Uint8Array.of(isFirst ? 0 : 1), [1]),
      ...past,
    });
    const logits = floats(out, 'logits');
    const size = logits.length / input.length;
    let token: number | undefined;
    let read = 0;
    do {
      const next = logits.subarray(read * size, (read + 1) * size);
      token = likeliest(next);
      logProbability += logProbabilityOf(next, token);
      if (token === END) return { tokens, logProbability };
      tokens.push(token);
      read += 1;
    } while (token === input[read]);
    for (const [name, value] of Object.entries(out)) {
      if (!name.startsWith('present.')) continue;
      const isOfEncoder = name.includes('.encoder.');
      if (isOfEncoder && !isFirst) continue; // only the first run fills them; later ones are empty
      const isWhole = isOfEncoder || read === input.length;
      past[name.replace('present', 'past_key_values')] = isWhole ? value : beginningOf(ort, value, read);
    }
    input = [token];
  }
  return { tokens, logProbability };
}

/** The cache of the first tokens alone. */
function beginningOf(ort: Ort, cache: Tensor, tokens: number): Tensor {
  const all = cache.data as Float32Array;
  const kept = new Float32Array(HEADS * tokens * HEAD_SIZE);
  for (let head = 0; head < HEADS; head++) {
    const from = (head * all.length) / HEADS;
    kept.set(all.subarray(from, from + tokens * HEAD_SIZE), head * tokens * HEAD_SIZE);
  }
  return new ort.Tensor('float32', kept, [1, HEADS, tokens, HEAD_SIZE]);
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
