import { describe, expect, it } from 'vitest';
import { pronounce } from './local-pronounce.ts';

describe('sounds that are given', () => {
  const sounds = [{ word: 'Nguyen', ipa: 'nwˈɪn' }];

  it('stand for the word, in the middle of a sentence, with its marks and endings', async () => {
    const { phonemes: plain } = await pronounce('Please call Nguyen, and thank him.', 'en-US');
    const { phonemes: taught } = await pronounce('Please call Nguyen, and thank him.', 'en-US', sounds);
    expect(plain).not.toContain('nwˈɪn');
    expect(taught).toMatch(/^plˈiːz kˈɔːl nwˈɪn, /);
    const { phonemes } = await pronounce("This is Nguyen's house.", 'en-US', sounds);
    expect(phonemes).toContain('nwˈɪnz ');
  });

  it('leave the rest of the text as it is', async () => {
    const text = 'On 3 May we paid $3.50 to nobody.';
    expect(await pronounce(text, 'en-US', sounds)).toEqual(await pronounce(text, 'en-US'));
  });
});
