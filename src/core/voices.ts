import { SpeechFailure } from './errors.ts';
import { nameMix, parseMix } from './voice-mix.ts';

interface VoicePackFacts {
  readonly id: string;
  /** What computes it: `kokoro`, `piper`. */
  readonly family: string;
  /** Of the whole pack, as it is fetched; absent where nobody says. */
  readonly bytes?: number | undefined;
}

export interface Voice {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** BCP 47, for example `en-US`. */
  readonly language: string;
  /** SPDX, where it is known. */
  readonly license?: string | undefined;
  /** The pack that it came in, where it is of this machine. */
  readonly pack?: VoicePackFacts | undefined;
  /** Other names that mean this voice, OpenAI's among them. */
  readonly aliases: readonly string[];
  /** Hash over its content, where it is known: another one is another voice. */
  readonly revision?: string | undefined;
  /** Voices with the same word here can be mixed: `af_heart(2)+am_adam`. */
  readonly mixesIn?: string | undefined;
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

/** Leaves the voice to the engine: nothing, `default`, or one of OpenAI's names, in any case. */
export function namesNoVoice(asked: string | undefined): boolean {
  return asked === undefined || namesDefault(asked) || openaiVoices.includes(asked.toLowerCase());
}

function namesDefault(asked: string): boolean {
  return asked === '' || asked.toLowerCase() === 'default';
}

/**
 * The voice a client means: an id, an alias, or the first voice for `undefined`, `''` and `default`. All names are found in
 * any case too, as people type them by hand. OpenAI's names that no voice claims mean the first voice. Anything
 * else is `voice_not_found`: never another voice.
 */
export function resolveVoice(asked: string | undefined, voices: readonly Voice[]): Voice {
  const first = voices[0];
  if (!first) throw new SpeechFailure({ code: 'engine_unavailable', message: 'No voice is installed.' });
  if (asked === undefined || namesDefault(asked)) return first;
  const found = findVoice(asked, voices);
  if (found) return found;
  if (openaiVoices.includes(asked.toLowerCase())) return first;
  throw new SpeechFailure({ code: 'voice_not_found', voice: asked });
}

/** Whether `name` is the id or an alias of one of `voices`. */
export function namesVoice(name: string, voices: readonly Voice[]): boolean {
  return findVoice(name, voices) !== undefined;
}

/** The voice of that id or alias, in any case where there is none in its own, or the mix of such voices. */
export function findVoice(name: string, voices: readonly Voice[]): Voice | undefined {
  return findOne(name, voices) ?? mixOf(name, voices);
}

/** A mix speaks the language of its first voice. */
function mixOf(name: string, voices: readonly Voice[]): Voice | undefined {
  const parts = parseMix(name)?.map(({ voice, weight }) => ({ weight, voice: findOne(voice, voices) }));
  const first = parts?.[0]?.voice;
  if (!parts || first?.mixesIn === undefined) return undefined;
  if (parts.some(({ voice }) => voice?.mixesIn !== first.mixesIn)) return undefined;
  const id = nameMix(parts.map(({ voice, weight }) => ({ voice: voice?.id ?? '', weight })));
  if (id === first.id) return first;
  return { ...first, id, name: id, description: `A mix of ${parts.length} voices`, aliases: [] };
}

function findOne(name: string, voices: readonly Voice[]): Voice | undefined {
  const plain = name.toLowerCase();
  return (
    voices.find(({ id }) => id === name) ??
    voices.find(({ aliases }) => aliases.includes(name)) ??
    voices.find(({ id }) => id.toLowerCase() === plain) ??
    voices.find(({ aliases }) => aliases.some((alias) => alias.toLowerCase() === plain))
  );
}
