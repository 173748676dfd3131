import type { InferenceSession } from 'onnxruntime-web';
import { parseMix } from '../../../core/voice-mix.ts';
import { toMisaki } from '../phonemes/misaki.ts';
import { rewritePlaces } from '../phonemes/rewrite-places.ts';
import { isEnglish } from '../pronounce.ts';
import { cutPieces, type Piece, type PlacedIds, readKokoroTokenizer, toIds } from '../tokens.ts';
import { inSamples, WordTimer } from '../word-timer.ts';
import {
  type DecodedWindow,
  fileOf,
  floats,
  idsTensor,
  type LoadFile,
  type Ort,
  type Utterance,
  type VoiceModel,
} from './family.ts';

/** Inside of the graph, as PyTorch's exporter names it: frames of every token, whole numbers, float32 [1, tokens]. */
const durations = '/encoder/Clip_output_0';

/**
 * Sound comes earlier than the durations say: by 55 ms in the middle of 16 onsets after a pause, 20 to 90, with two voices.
 * A frame is 25 ms. (github.com/hexgrad/kokoro takes 3 frames off for its time stamps.)
 */
const LEAD_FRAMES = 2;

/** Stands at both ends of the tokens. */
const PAD_ID = 0;
/** A style table has a row for every number of tokens up to 510: float32 [510, 1, 256]. */
const STYLE_ROWS = 510;
const STYLE_SIZE = 256;

/** Kokoro decodes a piece whole, so a piece is a window: its length bounds memory and how late a client's leaving tells. */
const MAX_TOKENS = 250;

/** Kokoro-82M (StyleTTS 2). It draws no noise that a seed could decide. */
export async function loadKokoro(
  files: Readonly<Record<string, string>>,
  load: LoadFile,
  ort: Ort,
): Promise<VoiceModel> {
  const symbols = readKokoroTokenizer(new TextDecoder().decode(await load(fileOf(files, 'tokenizer'))));
  const published = await load(fileOf(files, 'model'));
  const model = ort.runtime === 'native' ? await inFloats(published) : published;
  const session = await ort.createSession(addOutput(model, durations));
  return {
    async speak({ phonemes, words, voice, language, speed }) {
      const styles = await mixStyles(voice, async (id) =>
        readStyles(await load(fileOf(files, `style/${id}`))),
      );
      const { ipa, places } = rewritePlaces(phonemes, words, (each) => toKokoro(each, language));
      const pieces = cutPieces(ipa, Math.floor(MAX_TOKENS * Math.min(1, speed)))
        .map((piece) => ({ ...toIds(piece, symbols), at: piece.at }))
        .filter(({ ids }) => ids.length > 0);
      return pieces.length > 0
        ? decodePieces(ort, session, pieces, { words: places, styles, speed })
        : undefined;
    },
    release: () => session.release(),
  };
}

/** A second of work at each load, which costs less than a prepared copy of 92 MB. */
async function inFloats(model: Uint8Array): Promise<Uint8Array> {
  const [{ decodeModel, encodeModel }, { floatConvolutions }] = await Promise.all([
    import('../prepare/model.ts'),
    import('../prepare/float-convolutions.ts'),
  ]);
  return encodeModel(floatConvolutions(decodeModel(model)));
}

/** English was trained on symbols of its own; of other languages' IPA only the affricates are written as one. */
function toKokoro(phonemes: string, language: string): string {
  if (isEnglish(language)) return toMisaki(phonemes, language);
  return [...affricates].reduce((text, [from, to]) => text.replaceAll(from, to), phonemes);
}

const affricates: ReadonlyMap<string, string> = new Map([
  ['tʃ', 'ʧ'],
  ['dʒ', 'ʤ'],
  ['ts', 'ʦ'],
  ['dz', 'ʣ'],
]);

/** @throws RangeError when it is no table of 510 rows */
function readStyles(bytes: Uint8Array): Float32Array {
  const size = STYLE_ROWS * STYLE_SIZE * Float32Array.BYTES_PER_ELEMENT;
  if (bytes.length !== size) throw new RangeError(`A style table has ${size} bytes, not ${bytes.length}.`);
  return new Float32Array(bytes.slice().buffer);
}

/** The table of a voice, or the mean of several by their weights: float32 [510, 1, 256]. */
async function mixStyles(voice: string, read: (id: string) => Promise<Float32Array>): Promise<Float32Array> {
  const parts = parseMix(voice);
  if (!parts) return read(voice);
  const sum = parts.reduce((total, { weight }) => total + weight, 0);
  const mixed = new Float32Array(STYLE_ROWS * STYLE_SIZE);
  for (const part of parts) {
    const styles = await read(part.voice);
    for (const [index, value] of styles.entries())
      mixed[index] = (mixed[index] ?? 0) + (value * part.weight) / sum;
  }
  return mixed;
}

async function* decodePieces(
  ort: Ort,
  session: InferenceSession,
  pieces: readonly (PlacedIds & Pick<Piece, 'at'>)[],
  { words, styles, speed }: Pick<Utterance, 'words' | 'speed'> & { readonly styles: Float32Array },
): AsyncGenerator<DecodedWindow, void, void> {
  const [input = ''] = session.inputNames; // `input_ids` or `tokens`, by who exported it
  const timer = new WordTimer(words);
  for (const [index, { ids, places }] of pieces.entries()) {
    const row = ids.length * STYLE_SIZE;
    const outputs = await session.run({
      [input]: idsTensor(ort, [PAD_ID, ...ids, PAD_ID]),
      style: new ort.Tensor('float32', styles.slice(row, row + STYLE_SIZE), [1, STYLE_SIZE]),
      speed: new ort.Tensor('float32', Float32Array.of(speed), [1]),
    });
    const samples = floats(outputs, session.outputNames[0]);
    const framesOf = Array.from(floats(outputs, durations));
    const until = pieces[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const hop = samples.length / framesOf.reduce((sum, frames) => sum + frames, 0);
    const timed = timer.time({ places: [-1, ...places, -1], framesOf, until });
    yield { samples, last: index === pieces.length - 1, words: inSamples(timed, hop, LEAD_FRAMES) };
  }
}

/** Fields of onnx.proto (github.com/onnx/onnx) on the way from a model to the element type of one of its outputs. */
const GRAPH_OF_MODEL = 7;
const OUTPUT_OF_GRAPH = 12;
const NAME_OF_VALUE = 1;
const TYPE_OF_VALUE = 2;
const TENSOR_OF_TYPE = 1;
const ELEMENT_OF_TENSOR = 1;
/** TensorProto.DataType */
const float32 = 1;

/** Lengths up to here take one byte. */
const MAX_FIELD = 127;

/**
 * `model`, an ONNX file, with its inner float32 tensor `name` among its outputs. Nothing of it is decoded: where a message
 * holds another one twice, whoever reads it merges the two (protobuf.dev, encoding: "Last One Wins"), so a second graph with
 * nothing but an output is written behind the first.
 *
 * @throws RangeError for a name of more than about 100 bytes
 */
export function addOutput(model: Uint8Array, name: string): Uint8Array {
  const type = field(TENSOR_OF_TYPE, [ELEMENT_OF_TENSOR << 3, float32]);
  const value = [...field(NAME_OF_VALUE, new TextEncoder().encode(name)), ...field(TYPE_OF_VALUE, type)];
  const more = field(GRAPH_OF_MODEL, field(OUTPUT_OF_GRAPH, value));
  const both = new Uint8Array(model.length + more.length);
  both.set(model);
  both.set(more, model.length);
  return both;
}

/** A field that holds bytes: wire type 2. */
function field(number: number, content: ArrayLike<number>): number[] {
  if (content.length > MAX_FIELD) throw new RangeError('The name of the output is too long.');
  return [(number << 3) | 2, content.length, ...Array.from(content)];
}
