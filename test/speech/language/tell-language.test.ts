import { describe, expect, test } from 'vitest';
import { languageSaid } from '../../../src/speech/language/language-tag.ts';
import { foreignTo, inLanguage, tellLanguage } from '../../../src/speech/language/tell-language.ts';
import { readings } from '../../readings.ts';

const samples: Readonly<Record<string, readonly string[]>> = {
  de: [
    'Guten Tag, wie geht es Ihnen heute?',
    'Die Fischer gingen zum Wasser und prüften ihre Boote, denn der Sturm war vorbei.',
  ],
  fr: [
    'Bonjour, comment allez-vous aujourd’hui ?',
    'Les pêcheurs sont descendus vers la mer pour vérifier leurs bateaux.',
  ],
  es: [
    'Hola, ¿cómo está usted hoy?',
    'Los pescadores bajaron al agua y revisaron sus barcos porque la tormenta había pasado.',
  ],
  it: [
    'Ciao, come stai oggi? Io sto molto bene.',
    'I pescatori sono scesi al porto per controllare le loro barche.',
  ],
  pt: ['Olá, como você está hoje?', 'Os pescadores foram até o porto para ver os seus barcos.'],
  nl: ['Hoe gaat het vandaag met je?', 'De vissers gingen naar het water om hun boten te controleren.'],
  pl: [
    'Jak się masz dzisiaj? To jest bardzo dobry dzień.',
    'Rybacy poszli na brzeg i sprawdzili, czy ich łodzie są całe.',
  ],
  cs: [
    'Jak se máte dnes? Já jsem velmi rád.',
    'Rybáři šli k vodě a podívali se na své lodě, protože bouře už byla pryč.',
  ],
  sv: ['Hur mår du idag? Jag är mycket glad.', 'Fiskarna gick ner till vattnet och såg efter sina båtar.'],
  fi: ['Hyvää päivää, mitä kuuluu? Minä olen hyvin.', 'Minä olen nyt kotona, mutta hän ei ole siellä.'],
  tr: [
    'Merhaba, bugün nasılsın? Ben çok iyiyim.',
    'Bu balık çok güzel ve ucuz, ama ben bir şey almak için para getirmedim.',
  ],
  vi: ['Xin chào các bạn.', 'Hôm nay trời đẹp và chúng tôi đi ra biển.'],
};

describe('an English voice', () => {
  test.each(Object.entries(samples).flatMap(([language, texts]) => texts.map((text) => [language, text])))(
    'is told that a text is in %s: %s',
    (language, text) => {
      expect(foreignTo(text ?? '', 'en-US')?.language).toBe(language);
    },
  );

  test.each([
    'Hello there.',
    'Bonjour!',
    'Rue de la Paix 12, Paris',
    'She ordered a crème brûlée at the café de la Gare.',
    'Los Angeles and El Paso',
    'Die Hard is on in an hour.',
    'Der Spiegel, Die Zeit, Le Monde, El País, La Repubblica and De Telegraaf wrote about it.',
    'He said "je ne sais quoi" and left.',
    'Nguyễn Thị Hương met Trần Văn Đạt in Đà Nẵng.',
    'e4 e5 Nf3 Nc6 Bb5 a6',
    'I, II, III, IV',
    'Vincent van Gogh, Ludwig van Beethoven, Charles de Gaulle',
    'no no no no no',
    'La la la la la',
    '',
  ])('speaks %s', (text) => {
    expect(foreignTo(text, 'en-US')).toBeUndefined();
  });

  test('speaks whatever the list of readings has', () => {
    const told = readings
      .map(({ written }) => written)
      .filter((text) => tellLanguage(text, 'en') !== undefined);
    expect(told).toEqual([]);
  });
});

test.each(Object.keys(samples))('a voice of %s speaks its own texts', (language) => {
  for (const text of samples[language] ?? []) expect(foreignTo(text, language)).toBeUndefined();
});

test.each(['de', 'fr', 'es', 'vi'])('a voice of %s does not speak English', (language) => {
  const text = 'The storm passed before dawn, and the fishermen walked down to their boats.';
  expect(foreignTo(text, language)?.language).toBe('en');
});

test('nobody can tell of a voice whose own words are not known', () => {
  expect(foreignTo('Guten Tag, wie geht es Ihnen heute?', 'lb')).toBeUndefined();
});

test.each([
  ['Привет, как твои дела? Это мой дом, и я тебя жду.', 'ru', 'uk'],
  ['Привіт, як справи? Це мій дім, і я тебе чекаю.', 'uk', 'ru'],
  ['世界は広い', 'ja-JP', 'zh-CN'],
  ['世界很大', 'zh-CN', 'ja-JP'],
  ['Γειά σου κόσμε', 'el-GR', 'ru-RU'],
  ['안녕하세요', 'ko-KR', 'ja-JP'],
  ['The storm passed before dawn, and it was over.', 'en-GB', 'de'],
])('%s fits a voice of %s, not one of %s', (text, fitting, other) => {
  const told = foreignTo(text, /[a-z]/.test(text) ? 'hi-IN' : 'en-US');
  expect([told?.fits(fitting), told?.fits(other)]).toEqual([true, false]);
});

test('a text may be said to be in a language', () => {
  const told = inLanguage('pt');
  expect([told.is, told.fits('pt-BR'), told.fits('es-ES')]).toEqual(['in Portuguese', true, false]);
});

test.each([
  ['de', 'de'],
  ['pt_br', 'pt-BR'],
  ['Auto', undefined],
  ['English', undefined],
  ['de-1', undefined],
  ['x'.repeat(100), undefined],
  [undefined, undefined],
])('a client that says %s means %s', (said, meant) => {
  expect(languageSaid(said)).toBe(meant);
});
