import type { TraceSpan } from './trace.ts';

/** How a word is to be said: as other words (`alias`), or as sounds (`ipa`, International Phonetic Alphabet). */
export interface Pronunciation {
  readonly id: string;
  readonly word: string;
  readonly alias?: string | undefined;
  readonly ipa?: string | undefined;
  /** BCP 47; holds for the language in every region. Undefined: for all. */
  readonly language?: string | undefined;
  /** A voice's id; undefined: for all. */
  readonly voice?: string | undefined;
  readonly caseSensitive?: boolean | undefined;
}

/** A word of a text, as it stands there, and how it sounds. */
export interface PhonemeOverride {
  readonly word: string;
  readonly ipa: string;
}

/** An inline voice sample to imitate: encoded audio and what is said in it. */
export interface Reference {
  readonly audio: Uint8Array;
  readonly text: string;
}

/** Knobs that only generative origins have (Fish-Speech ServeTTSRequest). */
export interface Sampling {
  /** 100..300 */
  readonly chunkLength: number;
  readonly maxNewTokens: number;
  /** 0.1..1 */
  readonly topP: number;
  /** 0.9..2 */
  readonly repetitionPenalty: number;
  /** 0.1..1 */
  readonly temperature: number;
  readonly normalize: boolean;
  readonly memoryCache: 'on' | 'off';
}

export const defaultSampling: Sampling = {
  chunkLength: 200,
  maxNewTokens: 1024,
  topP: 0.8,
  repetitionPenalty: 1.1,
  temperature: 0.8,
  normalize: true,
  memoryCache: 'off',
};

/** What every dialect means: one text, one voice, one speed. */
export interface SpeechRequest extends Scheduling {
  readonly text: string;
  /** What is said after `text`: it is still being written, and ends when this does. */
  readonly more?: AsyncIterable<string> | undefined;
  /** As the client named it; undefined is the engine's default voice. */
  readonly voice?: string | undefined;
  /** 0.25 (slow) to 4 (fast); 1 is the voice's own pace. */
  readonly speed: number;
  /** BCP 47 of the text, where the client says it. Engines that hear it from the text do not ask. */
  readonly language?: string | undefined;
  readonly references: readonly Reference[];
  /** They are an earlier part of the same text and not the client's: an engine that imitates no voice does without. */
  readonly ownReferences?: boolean | undefined;
  /** Id of the custom voice that `references` are the recording of: it was checked when it was added, and belongs to a key. */
  readonly customVoice?: string | undefined;
  readonly seed?: number | undefined;
  readonly sampling: Sampling;
  /** The client waits for all of it anyway: an origin gets the text in one piece. */
  readonly whole: boolean;
  /** The seed where the client gave none: all parts of one text share it. It is not part of what the client asked for. */
  readonly ownSeed?: number | undefined;
  /** How words of the text are to be said; captions keep them as they are written. */
  readonly pronunciations?: readonly Pronunciation[] | undefined;
  /** Words whose sounds are given, as they stand in the text. */
  readonly phonemeOverrides?: readonly PhonemeOverride[] | undefined;
  /** The client left nothing to chance that it could have: the same request may get the same speech again. */
  readonly repeatable?: boolean | undefined;
  /** Change of volume in decibels, -20..20; unset is 0. */
  readonly volumeDb?: number | undefined;
  /** How it is to be said, in words, for an engine that understands them. */
  readonly instructions?: string | undefined;
  /** Model of the Fish Audio cloud, where the client named one. */
  readonly model?: string | undefined;
}

/** When and for whom it is spoken: nothing of it decides what is heard. */
interface Scheduling {
  /** Who asks (the name of a key, or an address), for fairness between clients. It is not part of what is said. */
  readonly client?: string | undefined;
  /** An earlier part of the same text is being heard: the whole time counts now, not the time to first audio. */
  readonly isContinuation?: boolean | undefined;
  /**
   * Then: when all that comes before it, and what was handed out of it, has been heard by a client that began with the first byte, in the
   * milliseconds of `Ports.clock`.
   */
  readonly playbackDeadline?: (() => number) | undefined;
  /** Characters from this part on to the end of the text; absent: those of `text`. */
  readonly remaining?: number | undefined;
  /** Called when a part of it is not in the cache: from then on audio has to be waited for. Not called for what is replayed alone. */
  readonly onCacheMiss?: (() => void) | undefined;
  /** Stands for the text that this is one part of: all its parts carry the same object. Absent: it is all of the text. */
  readonly utteranceId?: object | undefined;
  /** What it is a part of, for those who look at traces; absent: nobody does. */
  readonly trace?: TraceSpan | undefined;
  /** Settles, and never rejects, when it is known whether the client may ask: nothing is asked of an upstream before. */
  readonly limitsKnown?: Promise<unknown> | undefined;
}
