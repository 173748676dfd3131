import type { EngineHealth, FishApi, PcmStream } from './engine.ts';
import type { SpeechRequest } from './request.ts';
import type { Voice } from './voices.ts';

/** What an upstream speaks: each kind has a driver, see `engine/upstreams.ts`. */
export type UpstreamKind = (typeof upstreamKinds)[number];

export const upstreamKinds = ['fish', 'fish-cloud', 'openai'] as const;

/** A voice by the name that an upstream has for it; null is its default voice. */
export type UpstreamVoice = string | null;

/** A server that makes speech, whatever dialect it speaks. It neither retries nor queues: the pool in front of it does. */
export interface Upstream {
  /** Its address. */
  readonly id: string;
  /** Kind and model. Upstreams of one family speak a voice of one name alike, and stand in for each other. */
  readonly family: string;
  readonly abilities: UpstreamAbilities;
  readonly list: VoiceList;
  /** Generation of its interface; absent where its kind has only one. */
  readonly version?: { readonly known: string | undefined; find(): Promise<string | undefined> } | undefined;
  /** Present where it is a Fish-Speech server. */
  readonly fish?: FishApi | undefined;
  /** The voice that a client means; undefined where no voice of this upstream can have that name. */
  voiceOf(asked: string | undefined): UpstreamVoice | undefined;
  /**
   * Resolves with the first audio, as `Engine.open` does. `prosody` of the stream says what of the asked speed and volume is
   * done. A voice that the upstream says it lacks is refused; where it says nothing, the stream says so.
   */
  speak(request: SpeechRequest, voice: UpstreamVoice, signal: AbortSignal): Promise<PcmStream>;
  /** Two seconds at most; never throws. */
  probe(signal: AbortSignal): Promise<EngineHealth>;
}

/** What it does with parts of a request that not every server heeds. */
export interface UpstreamAbilities {
  /** Takes recordings of a voice (`SpeechRequest.references`) and imitates it. */
  readonly clones: boolean;
  /** Speaks at the asked speed by itself, as far as `prosody` of a stream says. */
  readonly changesPace: boolean;
  /** Is told how to speak (`SpeechRequest.instructions`). */
  readonly takesInstructions: boolean;
}

/** What an upstream says about its voices, kept for a while. */
export interface VoiceList {
  /** Its default voice, then all others as far as they are known. */
  voices(): Promise<readonly Voice[]>;
  /** True only when a list that is still believed lacks `id`. Waits a second at most, and only when in doubt. */
  lacks(id: string): Promise<boolean>;
  /** Whether the list names `id`. Waits for nothing; a list that is out of date, or not there, is asked for anew. */
  has(id: string): boolean;
  /**
   * Whether the upstream has `id`, as it says itself, where it can: `unknown` is one that keeps no list, or fails at it.
   * Waits for as long as the upstream is busy, half the time for its first audio at most: ask when its turn has come.
   */
  confirm(id: string, signal: AbortSignal): Promise<'there' | 'missing' | 'unknown'>;
}
