import { describe, expect, it } from 'vitest';
import { defaultSampling, type Pronunciation, type SpeechRequest } from '../../src/core/request.ts';
import type { Voice } from '../../src/core/voices.ts';
import { fittingPronunciations, withPronunciations } from '../../src/speech/pronounce.ts';
import { respell, respelled } from '../../src/speech/respell.ts';

const request = (text: string): SpeechRequest => ({
  text,
  speed: 1,
  references: [],
  sampling: defaultSampling,
  whole: false,
});
const voice = (id: string, language: string): Voice => ({
  id,
  name: id,
  description: '',
  language,
  aliases: [],
});
const say = (text: string, entries: readonly Omit<Pronunciation, 'id'>[], by?: Voice): SpeechRequest => {
  const all = entries.map((entry, i) => ({ id: String(i), ...entry }));
  return withPronunciations({ ...request(text), pronunciations: fittingPronunciations(text, all, by) });
};

describe('taught pronunciations', () => {
  it.each([
    [
      'whole words only',
      'SQL and MySQL, (SQL).',
      [{ word: 'SQL', alias: 'sequel' }],
      'sequel and MySQL, (sequel).',
    ],
    [
      'any case unless told otherwise',
      'Nginx nginx',
      [{ word: 'nginx', alias: 'engine x' }],
      'engine x engine x',
    ],
    ['the case when told so', 'US us', [{ word: 'US', alias: 'U.S.', caseSensitive: true }], 'U.S. us'],
    [
      'the longest first',
      'New York City',
      [
        { word: 'New York', alias: 'NY' },
        { word: 'New York City', alias: 'NYC' },
      ],
      'NYC',
    ],
    [
      'dashes and slashes',
      'fish-edge and/or x',
      [
        { word: 'fish-edge', alias: 'fish' },
        { word: 'and/or', alias: 'or' },
      ],
      'fish or x',
    ],
    ['signs as they are', 'C++ (C)', [{ word: 'C++', alias: 'see plus plus' }], 'see plus plus (C)'],
    ['letters of every script', 'Ở Huế.', [{ word: 'huế', alias: 'hway' }], 'Ở hway.'],
    [
      'an alias is not read again',
      'a b',
      [
        { word: 'a', alias: 'b' },
        { word: 'b', alias: 'c' },
      ],
      'b c',
    ],
  ])('replace %s', (_, text, entries, wanted) => {
    expect(say(text, entries).text).toBe(wanted);
  });

  it('hand sounds on as the word stands in the text', () => {
    const said = say('Kokoro says kokoro.', [{ word: 'kokoro', ipa: 'kˈoʊkəɹoʊ' }]);
    expect(said.text).toBe('Kokoro says kokoro.');
    expect(said.phonemeOverrides).toEqual([
      { word: 'Kokoro', ipa: 'kˈoʊkəɹoʊ' },
      { word: 'kokoro', ipa: 'kˈoʊkəɹoʊ' },
    ]);
    expect(say('Nothing of it.', [{ word: 'kokoro', ipa: 'x' }]).phonemeOverrides).toBeUndefined();
  });

  it('are for a voice or a language, and the more particular one wins', () => {
    const entries = [
      { word: 'data', alias: 'all' },
      { word: 'data', alias: 'english', language: 'en' },
      { word: 'data', alias: 'joe', voice: 'joe' },
    ];
    expect(say('data', entries, voice('joe', 'en-US')).text).toBe('joe');
    expect(say('data', entries, voice('amy', 'en-GB')).text).toBe('english');
    expect(say('data', entries, voice('hans', 'de-DE')).text).toBe('all');
  });

  it('are spelled for engines that read letters only', () => {
    expect(respell('ˈʃaɪnə')).toBe('sheyenuh');
    expect(respelled('Kokoro, and Kokoros.', [{ word: 'Kokoro', ipa: 'kˈoʊkəɹoʊ' }])).toBe(
      'kohkuhroh, and Kokoros.',
    );
  });
});
