import type { Policy } from '../../core/engine.ts';
import { invalid } from '../../core/errors.ts';
import type { SpeechRequest } from '../../core/request.ts';
import { findVoice, resolveVoice, type Voice } from '../../core/voices.ts';
import { primaryOf } from '../../speech/language/language-tag.ts';
import { languageName, lettersPassedOver } from '../../speech/language/scripts.ts';
import type { ForeignText } from '../../speech/language/tell-language.ts';
import { decorate } from './opening.ts';

export interface LanguagesOptions {
  /** Which voice speaks a language (BCP 47) that the asked one does not. */
  readonly byLanguage: ReadonlyMap<string, string>;
  /** Whether a text is looked at; else only what a client says of it, and its letters, count. */
  readonly tells: boolean;
  /** Told of a voice that was to speak a language and is not there. */
  readonly onMissing: (language: string, voice: string) => void;
}

/**
 * Refuses a text in a language that its voice does not speak, or has another voice speak it: all of it, so that nobody hears two
 * people in one text (docs/decisions/0045). What the client says of the language counts before what the text looks like. Outside of the
 * segments, as a sentence alone tells less than its text.
 */
export function languages(options: LanguagesOptions): Policy {
  return (inner) =>
    decorate(inner, async function languagesOpen(request, signal) {
      if (request.references.length > 0) return inner.open(request, signal); // refused for those
      const voices = await inner.voices();
      const voice = resolveVoice(request.voice, voices);
      const foreign = await foreignOf(request, voice, options);
      if (!foreign) {
        const stream = await inner.open(request, signal);
        const passedOver = lettersPassedOver(request.text, voice.language);
        return passedOver.length > 0 ? { ...stream, passedOver } : stream;
      }
      const other = speakerOf(foreign, voices, options);
      if (!other) {
        const message = `This voice speaks ${languageName(voice.language)}; the text is ${foreign.is}.`;
        throw invalid(message, 'text');
      }
      const stream = await inner.open({ ...request, voice: other.id }, signal);
      return other.id === voice.id ? stream : { ...stream, otherVoice: other.id };
    });
}

/** The words that languages are told by are loaded with the first text. */
async function foreignOf(
  { text, language }: SpeechRequest,
  voice: Voice,
  { tells }: LanguagesOptions,
): Promise<ForeignText | undefined> {
  const { foreignTo, inLanguage } = await import('../../speech/language/tell-language.ts');
  if (language !== undefined)
    return primaryOf(language) === primaryOf(voice.language) ? undefined : inLanguage(language);
  const foreign = foreignTo(text, voice.language);
  return tells || foreign?.isOtherScript ? foreign : undefined;
}

/** The first voice of those that were chosen that speaks it, and is there. */
function speakerOf(
  { fits }: ForeignText,
  voices: readonly Voice[],
  { byLanguage, onMissing }: LanguagesOptions,
): Voice | undefined {
  for (const [language, name] of byLanguage) {
    if (!fits(language)) continue;
    const voice = findVoice(name, voices);
    if (voice) return voice;
    onMissing(language, name);
  }
  return undefined;
}
