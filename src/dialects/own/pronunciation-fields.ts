import * as z from 'zod';
import { invalid } from '../../core/errors.ts';
import type { Pronunciation } from '../../core/request.ts';
import { booleanField, parseFields, textField, unsetWhenNull } from '../../http/fields.ts';
import type { OwnedPronunciation } from '../../services/pronunciations.ts';
import { isSpeakable } from '../../speech/speakable.ts';

const MAX_WORD = 100;
const MAX_SOUND = 200;

const unset = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> =>
  z.preprocess(unsetWhenNull, schema.optional());

const body = z.object(
  {
    word: textField('word', MAX_WORD).refine(isSpeakable, { error: 'word must have a letter or a digit' }),
    alias: unset(textField('alias', MAX_SOUND).refine(isSpeakable, { error: 'alias must say something' })),
    ipa: unset(
      textField('ipa', MAX_SOUND).refine((text) => /^[\p{L}\p{M}\p{Lm}\p{Sk}ˈˌːˑ.‿ ]+$/u.test(text), {
        error: 'ipa must be written in the International Phonetic Alphabet',
      }),
    ),
    language: unset(
      z.string({ error: 'language must be a string' }).regex(/^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/i, {
        error: 'language must be a BCP 47 tag, for example en-US',
      }),
    ),
    voice: unset(textField('voice', 256)),
    case_sensitive: unset(booleanField('case_sensitive')),
    shared: unset(booleanField('shared')),
  },
  { error: 'The body must be an object.' },
);

export interface AskedPronunciation {
  readonly entry: Pronunciation;
  /** Whether it is for all keys, where the client said so. */
  readonly shared: boolean | undefined;
}

/** A body of `POST /v1/pronunciations`. @throws SpeechFailure invalid_value naming the first bad field */
export function parsePronunciation(content: unknown, id: string): AskedPronunciation {
  const fields = parseFields(body, content);
  const { word, alias, ipa, language, voice, case_sensitive: caseSensitive, shared } = fields;
  if ((alias === undefined) === (ipa === undefined)) throw invalid('Give either alias or ipa.', 'alias');
  const entry = { id, word: word.trim().normalize('NFC'), alias, ipa, language, voice, caseSensitive };
  return { entry, shared };
}

export function showPronunciation(entry: OwnedPronunciation): object {
  const { id, word, alias, ipa, language, voice, caseSensitive } = entry;
  const shown = { word, alias, ipa, language, voice, case_sensitive: caseSensitive ?? false };
  const shared = entry.owner === undefined;
  return { id, object: 'pronunciation', ...shown, shared };
}
