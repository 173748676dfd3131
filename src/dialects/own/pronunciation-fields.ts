import * as z from 'zod';
import { invalid } from '../../core/errors.ts';
import type { Pronunciation } from '../../core/request.ts';
import { booleanField, optional, parseFields, textField } from '../../http/fields.ts';
import { isSpeakable } from '../../speech/speakable.ts';

const MAX_WORD = 100;
const MAX_SOUND = 200;

export const pronunciationBody = z.object(
  {
    word: textField('word', MAX_WORD).refine(isSpeakable, { error: 'word must have a letter or a digit' }),
    alias: optional(textField('alias', MAX_SOUND).refine(isSpeakable, { error: 'alias must say something' })),
    ipa: optional(
      textField('ipa', MAX_SOUND).refine((text) => /^[\p{L}\p{M}\p{Lm}\p{Sk}ˈˌːˑ.‿ ]+$/u.test(text), {
        error: 'ipa must be written in the International Phonetic Alphabet',
      }),
    ),
    language: optional(
      z.string({ error: 'language must be a string' }).regex(/^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/i, {
        error: 'language must be a BCP 47 tag, for example en-US',
      }),
    ),
    voice: optional(textField('voice', 256)),
    case_sensitive: optional(booleanField('case_sensitive')),
    shared: optional(booleanField('shared')),
  },
  { error: 'The body must be an object.' },
);

interface AskedPronunciation {
  readonly entry: Pronunciation;
  /** Whether it is for all keys, where the client said so. */
  readonly shared: boolean | undefined;
}

/** A body of `POST /v1/pronunciations`. @throws SpeechFailure invalid_value naming the first bad field */
export function parsePronunciation(content: unknown, id: string): AskedPronunciation {
  const fields = parseFields(pronunciationBody, content);
  const { word, alias, ipa, language, voice, case_sensitive: caseSensitive, shared } = fields;
  if ((alias === undefined) === (ipa === undefined)) throw invalid('Give either alias or ipa.', 'alias');
  const entry = { id, word: word.trim().normalize('NFC'), alias, ipa, language, voice, caseSensitive };
  return { entry, shared };
}
