import { normalize } from '../../src/speech/normalize/english.ts';

/**
 * The words of `text` as they are said, so that "$3.50" and "three dollars and fifty cents" are the same. Case and
 * punctuation do not count, nor does the "and" inside a number, which some say and some do not.
 */
export function spokenWords(text: string): string[] {
  return normalize(text, 'en-US')
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/[^\p{L}\p{N}']+/gu, ' ')
    .replace(/(?<=\b(?:hundred|thousand|dollars?)) and\b/g, '')
    .replace(/\b[a-z](?: [a-z]\b)+/g, (letters) => letters.replaceAll(' ', '')) // "b b c" is "bbc"
    .split(' ')
    .map((word) => word.replace(/^'+|'+$/g, ''))
    .filter((word) => word !== '');
}
