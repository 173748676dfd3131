/**
 * How espeak-ng's en-us voice says function words inside a clause and, after the bar, at its end. The words that
 * carry the rhythm of English: with full stresses Piper voices sound chopped.
 */
const TABLE = `
a ɐ|ˈeɪ; an ɐn|æn; the ðə; and ænd; or ɔːɹ; but bˌʌt; so sˌoʊ|sˈoʊ; if ɪf; than ðɐn; that ðæt|ðˈæt; this ðɪs|ðˈɪs;
these ðiːz|ðˈiːz; those ðoʊz|ðˈoʊz; there ðɛɹ|ðˈɛɹ; as æz; at æt; by baɪ|bˈaɪ; for fɔːɹ; from fɹʌm; in ɪn|ˈɪn;
into ˌɪntʊ; of ʌv; on ˌɔn|ˈɔn; onto ˌɑːntʊ|ˈɑːntʊ; over ˌoʊvɚ|ˈoʊvɚ; to tə|tuː; up ˌʌp|ˈʌp; with wɪð;
without wɪðˌaʊt|wɪðˈaʊt; within wɪðˌɪn|wɪðˈɪn; upon əpˌɑːn; under ˌʌndɚ|ˈʌndɚ; about ɐbˌaʊt|ɐbˈaʊt;
before bᵻfˌɔːɹ|bᵻfˈɔːɹ; among ɐmˌʌŋ|ɐmˈʌŋ; around ɚɹˈaʊnd; between bᵻtwˌiːn|bᵻtwˈiːn; through θɹuː|θɹˈuː;
until ʌntˈɪl; while wˌaɪl|wˈaɪl; though ðˌoʊ; because bɪkˈʌz; when wɛn|wˈɛn; where wˌɛɹ|wˈɛɹ; what wʌt|wˈʌt;
which wˌɪtʃ|wˈɪtʃ; who hˌuː|hˈuː; whose hˌuːz; why wˌaɪ|wˈaɪ; how hˌaʊ|hˈaʊ; i aɪ|ˈaɪ; me mˌiː; my maɪ|mˈaɪ;
myself maɪsˈɛlf; you juː; your jʊɹ; he hiː; him hˌɪm; his hɪz|hˈɪz; she ʃiː; her hɜː; hers hɜːz|hˈɜːz; it ɪt; its ɪts;
we wiː; us ˌʌs; our ˌaʊɚ; ours aʊɚz; they ðeɪ; them ðˌɛm; their ðɛɹ; am æm; is ɪz; are ɑːɹ; was wʌz; were wɜː;
be biː|bˈiː; been bˌɪn; being bˌiːɪŋ|bˈiːɪŋ; have hæv|hˈæv; has hɐz|hˈæz; had hæd|hˌæd; having hˌævɪŋ|hˈævɪŋ;
doing dˌuːɪŋ|dˈuːɪŋ; will wɪl|wˈɪl; would wʊd|wˈʊd; shall ʃˌæl|ʃˈæl; should ʃˌʊd|ʃˈʊd; can kæn|kˈæn;
could kʊd|kˈʊd; might mˌaɪt|mˈaɪt; not nˌɑːt|nˈɑːt; any ˌɛni; some sˌʌm; already ɔːlɹˌɛdi|ɔːlɹˈɛdi; again ɐɡˈɛn;
go ɡˌoʊ|ɡˈoʊ; going ɡˌoʊɪŋ|ɡˈoʊɪŋ; get ɡɛt|ɡˈɛt; got ɡɑːt|ɡˈɑːt; i'm aɪm; i've aɪv; i'll aɪl; i'd aɪd; you're jʊɹ;
you've juːv; you'll juːl; you'd juːd; he's hiːz; he'd hiːd; he'll hiːl; she's ʃiːz; she'd ʃiːd; she'll ʃiːl; it's ɪts;
it'll ˌɪɾəl; we're wɪɹ; we've wiːv; we'll wiːl; we'd wiːd; they're ðeɪɚ; they've ðeɪv; they'll ðeɪl; they'd ðeɪd;
that's ðæts|ðˈæts; that'll ðˌæɾəl|ðˈæɾəl; there's ðɛɹz|ðˈɛɹz; what's wʌts|wˈʌts; who's hˌuːz|hˈuːz; didn't dˈɪdnt;
isn't ˌɪzənt|ˈɪzənt; aren't ˌɑːɹnt|ˈɑːɹnt; wasn't wˈʌzn̩t; weren't wˌɜːnt|wˈɜːnt; won't woʊnt|wˈoʊnt;
couldn't kˌʊdənt|kˈʊdənt; shouldn't ʃˌʊdənt|ʃˈʊdənt; one wˈʌn|wˌʌn; per pɜː; down dˌaʊn|dˈaʊn; make mˌeɪk|mˈeɪk;
made mˌeɪd|mˈeɪd; near nˌɪɹ|nˈɪɹ; put pˌʊt|pˈʊt; yourself jɔːɹsˈɛlf; till tˈɪl; shan't ʃˈænt; ain't ˈeɪnt
`;

/** Pairs that espeak says as one word; a plus stands where the second word begins. */
const JOINED = `
than a ðˌæn+ə; than an ðˌæn+ən; that a ðˌæɾ+ə; that the ðæt+ðə; that one ðˈæt+wˌʌn; this one ðˈɪs+wˌʌn; there are ðɛɹ+ˌɑːɹ;
there was ðɛɹ+wˌʌz; there were ðɛɹ+wˌɜː; there be ðɛɹ+bˈiː; at a æɾ+ə; for a fɚɹ+ə; for an fɚɹ+ən; for the fɚ+ðə;
from the fɹʌm+ðə; in the ɪn+ðə; in which ɪn+wˌɪtʃ; of a əv+ə; of an əv+ən; of the ʌv+ðə; of which ʌv+wˈɪtʃ; on the ɔn+ðə;
out of ˌaʊɾ+əv; to be tə+bi; with the wɪð+ðə; was a wʌz+ɐ; was the wʌz+ðə; have been hɐv+bɪn; have not hɐv+nˌɑːt;
has been hˈæz+biːn; has not həz+nɑːt; had to hæd+tə; had been hɐd+bɪn; do not duː+nˌɑːt; does not dʌz+nˌɑːt;
did not dɪd+nˌɑːt; would have wʊd+hɐv; should have ʃˌʊd+əv; could have kˌʊd+ɐv; may have mˌeɪ+hɐv; might have mˌaɪt+hɐv;
must have mˈʌst+ɐv; not a nˌɑːɾ+ə; not have nˌɑːɾ+ɐv; no one nˈoʊ+wˈʌn; no more nˈoʊ+mˌɔːɹ; i am aɪ+ɐm
`;

export interface WeakForm {
  readonly inside: string;
  readonly final: string;
}

const entries = (table: string): [string, string][] =>
  table.split(';').map((entry) => {
    const [, words = '', ipa = ''] = /^\s*(.*?) (\S+)\s*$/s.exec(entry) ?? [];
    return [words, ipa];
  });

export const WEAK_FORMS: ReadonlyMap<string, WeakForm> = new Map(
  entries(TABLE).map(([word, ipa]) => {
    const [inside = '', final = inside] = ipa.split('|');
    return [word, { inside, final }];
  }),
);

/** A pair to the sounds of its two words. */
export const JOINED_PAIRS: ReadonlyMap<string, readonly [first: string, second: string]> = new Map(
  entries(JOINED).map(([words, ipa]) => {
    const [first = '', second = ''] = ipa.split('+');
    return [words, [first, second]];
  }),
);

/** The pairs taken apart again, by their joined IPA, for voices that were trained on single words. */
export const PARTED_PAIRS: ReadonlyMap<string, string> = new Map(
  [...JOINED_PAIRS].flatMap(([words, sounds]) => {
    const joined = sounds.join('');
    const forms = words.split(' ').map((word) => WEAK_FORMS.get(word)?.inside);
    if (forms.includes(undefined)) return [];
    const parted = forms.join(' ');
    const beforeVowel: [string, string] = [joined.replace(/ə$/, 'ɪ'), parted.replace(/ə$/, 'ɪ')];
    return words.endsWith(' the')
      ? [[joined, parted] as [string, string], beforeVowel]
      : [[joined, parted] as [string, string]];
  }),
);
