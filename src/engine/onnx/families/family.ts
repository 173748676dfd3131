import type * as OrtModule from 'onnxruntime-web';
import type { SpokenWord } from '../../../core/engine.ts';
import type { Pronounced } from '../pronounce.ts';

/** What runs a voice's graphs: ONNX Runtime as WebAssembly or as machine code, whose JavaScript is the same. */
export interface Ort {
  /** Graphs are prepared for one or the other where that makes them quicker. */
  readonly runtime: 'wasm' | 'native';
  readonly Tensor: typeof OrtModule.Tensor;
  createSession(model: Uint8Array): Promise<OrtModule.InferenceSession>;
}

/** What a Piper voice's graphs are run by: an interpreter and kernels of our own, or ONNX Runtime. */
export interface GraphRuntime extends Pick<Ort, 'Tensor'> {
  createSession(model: Uint8Array): Promise<Session>;
  /** The same for a part of a voice, where there is something quicker for it. */
  readonly createPart?: CreatePart;
  /** How much is made at once, where memory is short. */
  readonly limits?: Partial<PieceLimits> | undefined;
}

export interface PieceLimits {
  /** Phonemes of a piece at speed 1. */
  readonly phonemes: number;
  /** Frames that the flow makes in one run, without what it needs to see around them. */
  readonly flowFrames: number;
  /** Frames of a window. */
  readonly windowFrames: number;
}

export type CreatePart = (model: Uint8Array, part: GraphPart) => Promise<Session>;

/** Parts of a voice that are known by their shape, whoever trained it. */
export type GraphPart = 'flow' | 'vocoder';

/** What a session that lists it as an input may be told: the first frame of which it is to make samples, and the one behind the last. */
export const WANTED = 'wanted';

/** A graph that was loaded. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OrtModule.Tensor>>): Promise<Outputs>;
  release(): Promise<void>;
}

export type Outputs = Readonly<Record<string, { readonly data: unknown }>>;

/** Reads what a path of `PackToLoad.files` names. */
export type LoadFile = (path: string) => Promise<Uint8Array>;

/** `phonemes` are IPA with punctuation, as espeak-ng writes it. */
export interface Utterance extends Pronounced {
  readonly voice: string;
  /** BCP 47 */
  readonly language: string;
  /** 0.25..4 */
  readonly speed: number;
  /** Decides what noise is drawn. */
  readonly seed: number;
  /** Something is being heard already. */
  readonly isContinuation: boolean;
}

export interface DecodedWindow {
  /** Mono samples, -1..1. */
  readonly samples: Float32Array;
  readonly last: boolean;
  /** Words that end in what begins with this window, and were not told before; counted from the first window's begin. */
  readonly words?: readonly SpokenWord[] | undefined;
}

/** A loaded model: what differs between families of voices. */
export interface VoiceModel {
  /** The voice of espeak-ng whose phonemes it learned, where it says so. */
  readonly espeakVoice?: string | undefined;
  /** Decodes one window at each step. Undefined when no symbol of the utterance is one of the model's. */
  speak(utterance: Utterance): Promise<AsyncGenerator<DecodedWindow, void, void> | undefined>;
  release(): Promise<void>;
}

/** One file of a pack by its role. */
export function fileOf(files: Readonly<Record<string, string>>, role: string): string {
  const path = files[role];
  if (path === undefined) throw new Error(`The voice pack has no file ${role}.`);
  return path;
}

/** One output of a run. */
export function floats(outputs: Outputs, name: string | undefined): Float32Array {
  const data = name === undefined ? undefined : outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`The model gave no float32 output ${name}.`);
  return data;
}

/** A row of token ids, [1, ids]. */
export function idsTensor(ort: Pick<Ort, 'Tensor'>, ids: readonly number[]): OrtModule.Tensor {
  return new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
}
