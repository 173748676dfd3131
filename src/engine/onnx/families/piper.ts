import {
  countFrames,
  drawLatent,
  padSpan,
  planWindows,
  type Span,
  sliceLatent,
  trimPadding,
} from '../latent.ts';
import {
  cutPieces,
  type Piece,
  type PiperConfig,
  type PlacedIds,
  readPiperConfig,
  type Symbols,
} from '../tokens.ts';
import { inSamples, WordTimer } from '../word-timer.ts';
import {
  type CreatePart,
  type DecodedWindow,
  fileOf,
  floats,
  type GraphRuntime,
  idsTensor,
  type LoadFile,
  type Session,
  type Utterance,
  type VoiceModel,
  WANTED,
} from './family.ts';

/**
 * Phonemes in one run of the encoder at speed 1: about 25 s of audio. Its attention runs over the whole piece, so slow speech,
 * which has more frames, gets shorter pieces.
 */
const MAX_PHONEMES = 400;

interface Graphs {
  readonly ort: GraphRuntime;
  /** What each graph is told of the speaker; nothing where the model has one. */
  readonly speaker: (graph: Session) => Parameters<Session['run']>[0];
  readonly config: PiperConfig;
  readonly encoder: Session;
  readonly flow: Session;
  readonly decoder: Session;
}

/**
 * A Piper (VITS) voice whose graph was cut in three: the encoder says what every symbol sounds like and how long it lasts,
 * the flow makes of that a latent of every frame, the decoder turns windows of it into PCM. Noise and durations are
 * handled between them, so a seed decides every sample and durations follow the speed to the frame. Where somebody waits for the first
 * sound, the flow makes the beginning first: a whole sentence is then heard as early as half a one.
 */
export async function loadPiper(
  files: Readonly<Record<string, string>>,
  load: LoadFile,
  ort: GraphRuntime,
): Promise<VoiceModel> {
  const json = new TextDecoder().decode(await load(fileOf(files, 'config')));
  const config = readPiperConfig(json);
  const createPart: CreatePart = ort.createPart ?? ort.createSession;
  const decoder = await createPart(await load(fileOf(files, 'decoder')), 'vocoder');
  const flow = await createPart(await load(fileOf(files, 'flow')), 'flow');
  const encoder = await ort.createSession(await load(fileOf(files, 'encoder'))); // last: its file is kept until it has run
  const graphsOf = (voice: string): Graphs => {
    const id = config.speakers.get(voice.slice(voice.lastIndexOf('/') + 1)) ?? 0;
    const sid = new ort.Tensor('int64', BigInt64Array.of(BigInt(id)), [1]);
    const speaker: Graphs['speaker'] = ({ inputNames }) => (inputNames.includes('sid') ? { sid } : {});
    return { ort, config, encoder, flow, decoder, speaker };
  };
  return {
    espeakVoice: config.espeakVoice,
    async speak({ phonemes, words, voice, speed, seed, isContinuation }) {
      const pieces = cutPieces(
        phonemes,
        Math.floor((ort.limits?.phonemes ?? MAX_PHONEMES) * Math.min(1, speed)),
      )
        .map((piece) => frameIds(piece, config.symbols))
        .filter(({ ids }) => ids.length > 0);
      return pieces.length > 0
        ? decodePieces(graphsOf(voice), pieces, { words, speed, seed, isContinuation })
        : undefined;
    },
    async release() {
      await encoder.release();
      await flow.release();
      await decoder.release();
    },
  };
}

async function* decodePieces(
  graphs: Graphs,
  pieces: readonly FramedPiece[],
  { words, speed, seed, isContinuation }: Pick<Utterance, 'words' | 'speed' | 'seed' | 'isContinuation'>,
): AsyncGenerator<DecodedWindow, void, void> {
  const noise = createNoise(seed);
  const timer = new WordTimer(words);
  for (const [index, piece] of pieces.entries()) {
    const { drawn, framesOf, frames } = await encode(graphs, piece.ids, speed, noise);
    const isAwaited = !isContinuation && index === 0;
    const latent = new PartlyFlowed(graphs, drawn, frames, isAwaited ? FIRST_FLOWED_FRAMES : frames);
    const until = pieces[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const timed = timer.time({ places: piece.places, framesOf, until });
    for (const span of planWindows(frames, !isAwaited, graphs.ort.limits?.windowFrames)) {
      const padded = padSpan(span, frames);
      const samples = await decode(graphs, await latent.slice(padded), span, padded);
      const hop = samples.length / (span.to - span.from);
      const last = index === pieces.length - 1 && span.to === frames;
      const told = span.from === 0 ? inSamples(timed, hop) : undefined;
      yield { samples, last, words: told };
    }
  }
}

/** What the flow is to make a latent of, float32 [channels, frames], how many frames each symbol lasts, and all together. */
async function encode(
  graphs: Graphs,
  ids: readonly number[],
  speed: number,
  noise: Noise,
): Promise<{ drawn: Float32Array; framesOf: readonly number[]; frames: number }> {
  const { ort, config, encoder, speaker } = graphs;
  const symbols = ids.length;
  const outputs = await encoder.run({
    ...speaker(encoder),
    input: idsTensor(ort, ids),
    input_lengths: new ort.Tensor('int64', BigInt64Array.of(BigInt(symbols)), [1]),
    noise: new ort.Tensor(
      'float32',
      noise(2 * symbols).map((drawn) => drawn * config.noiseW),
      [1, 2, symbols],
    ),
  });
  const means = floats(outputs, 'means');
  const logDeviations = floats(outputs, 'log_deviations');
  const durations = floats(outputs, 'durations').map((duration) => duration * config.lengthScale);
  const framesOf = countFrames(durations, speed);
  const frames = framesOf.reduce((sum, count) => sum + count, 0);
  if (frames === 0) throw new Error('The encoder made no frames.');
  const channels = means.length / symbols;
  const drawn = drawLatent({ means, logDeviations }, framesOf, noise(channels * frames), config.noiseScale);
  return { drawn, framesOf, frames };
}

/** Frames that the first window needs, with its padding. */
const FIRST_FLOWED_FRAMES = 30;
/** What the flow needs to see on each side of a part: then the PCM is 95 dB from that of the whole, which is its rounding. */
const FLOW_PADDING_FRAMES = 32;

/** The latent of a piece, made in two parts where memory is not short, as far as it is asked for. */
class PartlyFlowed {
  readonly #graphs: Graphs;
  readonly #drawn: Float32Array;
  readonly #frames: number;
  readonly #first: number;
  readonly #latent: Float32Array;
  /** Frames that are made. */
  #flowed = 0;

  /** @param first frames of the first part */
  constructor(graphs: Graphs, drawn: Float32Array, frames: number, first: number) {
    this.#graphs = graphs;
    this.#drawn = drawn;
    this.#frames = frames;
    this.#first = first + FLOW_PADDING_FRAMES < frames ? first : frames; // a small rest costs more apart
    this.#latent = new Float32Array(drawn.length);
  }

  /** Float32 [channels, span]. Spans come in order. */
  async slice(span: Span): Promise<Float32Array> {
    while (this.#flowed < span.to) {
      const most = this.#flowed + (this.#graphs.ort.limits?.flowFrames ?? this.#frames);
      const to = Math.min(most, this.#flowed === 0 ? this.#first : this.#frames);
      const part = { from: this.#flowed, to };
      await this.#flow(part);
      this.#flowed = part.to;
    }
    return sliceLatent(this.#latent, this.#frames, span);
  }

  async #flow({ from, to }: Span): Promise<void> {
    const { ort, flow, speaker } = this.#graphs;
    const seen = {
      from: Math.max(0, from - FLOW_PADDING_FRAMES),
      to: Math.min(this.#frames, to + FLOW_PADDING_FRAMES),
    };
    const width = seen.to - seen.from;
    const drawn = sliceLatent(this.#drawn, this.#frames, seen);
    const channels = drawn.length / width;
    const outputs = await flow.run({
      ...speaker(flow),
      drawn: new ort.Tensor('float32', drawn, [1, channels, width]),
      frames: new ort.Tensor('float32', Float32Array.of(width), [1]),
    });
    const made = floats(outputs, 'latent');
    for (let channel = 0; channel < channels; channel++) {
      const row = channel * width;
      const part = made.subarray(row + from - seen.from, row + to - seen.from);
      this.#latent.set(part, channel * this.#frames + from);
    }
  }
}

/** The samples of `span`, from the latent of `padded`. */
async function decode(
  { ort, decoder, speaker }: Graphs,
  latent: Float32Array,
  span: Span,
  padded: Span,
): Promise<Float32Array> {
  const frames = padded.to - padded.from;
  const takesSpan = decoder.inputNames.includes(WANTED);
  const wanted = Float32Array.of(span.from - padded.from, span.to - padded.from);
  const outputs = await decoder.run({
    ...speaker(decoder),
    ...(takesSpan && { [WANTED]: new ort.Tensor('float32', wanted, [2]) }),
    latent: new ort.Tensor('float32', latent, [1, latent.length / frames, frames]),
  });
  const samples = floats(outputs, decoder.outputNames[0]);
  return takesSpan ? samples : trimPadding(samples, span, padded);
}

/** Rounds of the generator before its first number, so that every bit of it depends on the whole seed. */
const WARM_UP = 16;
const BITS = 2 ** 32;

/** The next `length` numbers. */
export type Noise = (length: number) => Float32Array<ArrayBuffer>;

/**
 * Normally distributed numbers (mean 0, deviation 1) that a seed decides: Box and Muller's method on sfc32 (Chris
 * Doty-Humphrey, PractRand). Any finite number is a seed; its whole part counts.
 */
export function createNoise(seed: number): Noise {
  const next = createUniform(seed);
  return (length) => {
    const out = new Float32Array(length);
    for (let at = 0; at < length; at += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - next())); // of 1 - [0, 1): never the logarithm of 0
      const angle = 2 * Math.PI * next();
      out[at] = radius * Math.cos(angle);
      if (at + 1 < length) out[at + 1] = radius * Math.sin(angle);
    }
    return out;
  };
}

/** Numbers from 0 up to 1, in steps of 2^-32. */
function createUniform(seed: number): () => number {
  const whole = Math.trunc(seed);
  let [a, b, c, count] = [whole | 0, Math.floor(whole / BITS) | 0, 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / BITS;
  };
  for (let round = 0; round < WARM_UP; round++) next();
  return next;
}

/** Piper's marks around an utterance and between its phonemes (rhasspy/piper, phoneme_ids). */
const PAD_ID = 0;
const BEGIN_ID = 1;
const END_ID = 2;

/** A part of an utterance as its model reads it. The marks at its ends have place -1. */
export interface FramedPiece extends PlacedIds {
  /** Index in the phonemes at which it begins. */
  readonly at: number;
}

/** A character with the accents on it: decomposing goes no further. */
const accented = /\P{M}?\p{M}*/gu;

/** `^ _ p _ p _ $` on canonically decomposed text; nothing when the model knows none of the symbols. A pad belongs to the phoneme before. */
export function frameIds({ text, at }: Piece, symbols: Symbols): FramedPiece {
  const ids: number[] = [BEGIN_ID, PAD_ID];
  const places: number[] = [-1, -1];
  for (const { 0: character, index } of text.matchAll(accented)) {
    for (const part of character.normalize('NFD')) {
      for (const id of symbols.get(part) ? [...(symbols.get(part) ?? []), PAD_ID] : []) {
        ids.push(id);
        places.push(at + index);
      }
    }
  }
  if (ids.length === 2) return { ids: [], places: [], at };
  return { ids: [...ids, END_ID], places: [...places, -1], at };
}
