import type { InferenceSession } from 'onnxruntime-web';
import {
  createSession,
  type DecodedWindow,
  fileOf,
  floats,
  idsTensor,
  type LoadFile,
  type Ort,
  type VoiceModel,
} from './family.ts';
import { cutPieces } from './pieces.ts';
import { type PiperConfig, readPiperConfig, toIds } from './tokens.ts';
import { padSpan, planWindows, sliceLatent, trimPadding } from './windows.ts';

/** Piper's marks around an utterance and between its phonemes (rhasspy/piper, phoneme_ids). */
const pad = 0;
const begin = 1;
const end = 2;

/**
 * Phonemes in one run of the encoder at speed 1: about 25 s of audio. Its attention and flow run over the whole piece,
 * so slow speech, which has more frames, gets shorter pieces.
 */
const MOST_PHONEMES = 400;

interface Graphs {
  readonly ort: Ort;
  readonly config: PiperConfig;
  readonly encoder: InferenceSession;
  readonly decoder: InferenceSession;
}

/**
 * A Piper (VITS) voice whose graph was cut at the vocoder: the encoder makes a latent, the decoder turns windows of it
 * into PCM. The encoder draws noise of its own, so the same text never gives the same samples twice: a request's seed
 * means nothing here.
 */
export async function loadPiper(
  files: Readonly<Record<string, string>>,
  load: LoadFile,
  ort: Ort,
): Promise<VoiceModel> {
  const json = new TextDecoder().decode(await load(fileOf(files, 'config')));
  const config = readPiperConfig(json);
  const encoder = await createSession(ort, await load(fileOf(files, 'encoder')));
  const decoder = await createSession(ort, await load(fileOf(files, 'decoder')));
  const graphs = { ort, config, encoder, decoder };
  return {
    async speak({ phonemes, speed, continues }) {
      const pieces = cutPieces(phonemes, Math.floor(MOST_PHONEMES * Math.min(1, speed)))
        .map((piece) => frameIds(piece, config))
        .filter((ids) => ids.length > 0);
      return pieces.length > 0 ? decodePieces(graphs, pieces, speed, continues) : undefined;
    },
    async release() {
      await encoder.release();
      await decoder.release();
    },
  };
}

/** `^ _ p _ p _ $` on canonically decomposed text; nothing when the model knows none of the symbols. */
function frameIds(piece: string, config: PiperConfig): number[] {
  const ids = toIds(piece.normalize('NFD'), config.symbols);
  return ids.length > 0 ? [begin, pad, ...ids.flatMap((symbol) => [...symbol, pad]), end] : [];
}

async function* decodePieces(
  graphs: Graphs,
  pieces: readonly (readonly number[])[],
  speed: number,
  continues: boolean,
): AsyncGenerator<DecodedWindow, void, void> {
  for (const [index, ids] of pieces.entries()) {
    const { latent, frames } = await encode(graphs, ids, speed);
    for (const span of planWindows(frames, continues || index > 0)) {
      const padded = padSpan(span, frames);
      const samples = await decode(graphs, sliceLatent(latent, frames, padded), padded.to - padded.from);
      const last = index === pieces.length - 1 && span.to === frames;
      yield { samples: trimPadding(samples, span, padded), last };
    }
  }
}

async function encode(
  { ort, config, encoder }: Graphs,
  ids: readonly number[],
  speed: number,
): Promise<{ latent: Float32Array; frames: number }> {
  const scales = Float32Array.of(config.noiseScale, config.lengthScale / speed, config.noiseW);
  const outputs = await encoder.run({
    input: idsTensor(ort, ids),
    input_lengths: new ort.Tensor('int64', BigInt64Array.of(BigInt(ids.length)), [1]),
    scales: new ort.Tensor('float32', scales, [scales.length]),
  });
  const [name = ''] = encoder.outputNames;
  const frames = outputs[name]?.dims[2] ?? 0;
  if (frames === 0) throw new Error('The encoder made no frames.');
  return { latent: floats(outputs, name), frames };
}

async function decode({ ort, decoder }: Graphs, latent: Float32Array, frames: number): Promise<Float32Array> {
  const [input = ''] = decoder.inputNames;
  const outputs = await decoder.run({
    [input]: new ort.Tensor('float32', latent, [1, latent.length / frames, frames]),
  });
  return floats(outputs, decoder.outputNames[0]);
}
