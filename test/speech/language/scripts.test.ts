import { expect, test } from 'vitest';
import { foreignScript } from '../../../src/speech/language/scripts.ts';

test.each([
  ['Привет, мир!', 'en-US', 'Cyrillic letters'],
  ['Hello 世界', 'en-US', 'Chinese characters'],
  ['ありがとう', 'en-GB', 'Japanese characters'],
  ['안녕하세요', 'fr-FR', 'Korean characters'],
  ['مرحبا', 'it-IT', 'Arabic letters'],
  ['שלום', 'pt-BR', 'Hebrew letters'],
  ['Hello there', 'hi-IN', 'Latin letters'],
])('%s is foreign to %s: %s', (text, language, script) => {
  expect(foreignScript(text, language)).toBe(script);
});

test.each([
  ['Moscow (Москва) is large.', 'en-US'],
  ['The β version, at 5 μm.', 'en-US'],
  ['Ångström, naïve, Łódź', 'en-US'],
  ['नमस्ते', 'hi-IN'],
  ['世界', 'ja-JP'],
  ['12:30 🎉', 'en-US'],
  ['', 'en-US'],
  ['Привет', 'ru'],
  ['anything', 'und'],
])('%s is not foreign to %s', (text, language) => {
  expect(foreignScript(text, language)).toBeUndefined();
});
