import { SpeechFailure } from './errors.ts';

export interface Voice {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** BCP 47, for example `en-US`. */
  readonly language: string;
  /** Other names that mean this voice, OpenAI's among them. */
  readonly aliases: readonly string[];
}

/** OpenAI's voice names (API reference, audio/speech): every engine accepts them. */
export const openaiVoices: readonly string[] = [
  'alloy',
  'ash',
  'ballad',
  'coral',
  'echo',
  'fable',
  'onyx',
  'nova',
  'sage',
  'shimmer',
  'verse',
  'marin',
  'cedar',
];

/**
 * The voice a client means: an id, an alias, or the first voice for `undefined`, `''` and `default`.
 * OpenAI's names that no voice claims mean the first voice. Anything else is `voice_not_found`: never another voice.
 */
export function resolveVoice(asked: string | undefined, voices: readonly Voice[]): Voice {
  const first = voices[0];
  if (!first) throw new SpeechFailure({ code: 'engine_unavailable', message: 'No voice is installed.' });
  if (asked === undefined || asked === '' || asked === 'default') return first;
  const found =
    voices.find((voice) => voice.id === asked) ?? voices.find((voice) => voice.aliases.includes(asked));
  if (found) return found;
  if (openaiVoices.includes(asked)) return first;
  throw new SpeechFailure({ code: 'voice_not_found', voice: asked });
}
