import { readDictionary } from '../../../src/adapters/local/dictionary.ts';
import { createEnglishPhonemizer } from '../../../src/engine/onnx/phonemes/english.ts';
import type { Dialect } from '../../../src/engine/onnx/phonemes/phone-context.ts';
import type { Phonemizer } from '../../../src/engine/onnx/phonemes/phonemizer.ts';
import { createPronounce, type Pronounce } from '../../../src/engine/onnx/pronounce.ts';

/** With this machine's dictionary. */
export const pronounce: Pronounce = createPronounce(readDictionary);

export const englishPhonemizer = (variant: Dialect): Promise<Phonemizer> =>
  createEnglishPhonemizer(variant, readDictionary);
