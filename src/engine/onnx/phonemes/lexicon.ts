/**
 * Pronunciations that the CMU dictionary lacks, gives in a rare form first, or gives without the syllable that
 * everyday speech drops. ARPAbet, by hand.
 */
const TABLE = `
every EH1 V R IY0; everyone EH1 V R IY0 W AH2 N; everybody EH1 V R IY0 B AA2 D IY0; everything EH1 V R IY0 TH IH2 NG;
everywhere EH1 V R IY0 W EH2 R; different D IH1 F R AH0 N T; difference D IH1 F R AH0 N S; differences D IH1 F R AH0 N S IH0 Z;
several S EH1 V R AH0 L; separate S EH1 P R AH0 T; average AE1 V R IH0 JH; reference R EH1 F R AH0 N S;
interest IH1 N T R EH0 S T; interested IH1 N T R EH0 S T IH0 D; interesting IH1 N T R EH0 S T IH0 NG; camera K AE1 M R AH0;
chocolate CH AA1 K L AH0 T; idea AY0 D IY1 AH0; really R IY1 AH0 L IY0; real R IY1 AH0 L; ideal AY0 D IY1 AH0 L;
theory TH IY1 AH0 R IY0; area EH1 R IY0 AH0; accept AH0 K S EH1 P T; advice AH0 D V AY1 S; advance AH0 D V AE1 N S;
admit AH0 D M IH1 T; adopt AH0 D AA1 P T; adult AH0 D AH1 L T; across AH0 K R AA1 S; domain D AH0 M EY1 N;
details D IY0 T EY1 L Z; detail D IY0 T EY1 L; email IY1 M EY0 L; emails IY1 M EY0 L Z; online AA1 N L AY2 N;
network N EH1 T W ER2 K; homework HH OW1 M W ER2 K; cannot K AE1 N AA2 T; product P R AA1 D AH2 K T;
products P R AA1 D AH2 K T S; subject S AH1 B JH EH0 K T; comment K AA1 M EH2 N T; comments K AA1 M EH2 N T S;
update AH1 P D EY0 T; python P AY1 TH AH0 N; linux L IH1 N AH0 K S; app AE1 P; apps AE1 P S; google G UW1 G AH0 L;
wifi W AY1 F AY2; blog B L AO1 G; blogs B L AO1 G Z; podcast P AA1 D K AE2 S T; website W EH1 B S AY2 T;
websites W EH1 B S AY2 T S; smartphone S M AA1 R T F OW2 N; covid K OW1 V IH0 D; emoji IH0 M OW1 JH IY0;
selfie S EH1 L F IY0; hashtag HH AE1 SH T AE2 G; youtube Y UW1 T UW2 B; iphone AY1 F OW2 N; dataset D EY1 T AH0 S EH2 T;
kokoro K OW0 K AO1 R OW0; tomato T AH0 M EY1 T OW0; cause K AO1 Z; raw R AO1; want W AO1 N T;
because B IH0 K AH1 Z; often AO1 F AH0 N; either IY1 DH ER0; neither N IY1 DH ER0; convert K AH0 N V ER1 T;
combine K AH0 M B AY1 N; record R EH1 K ER0 D; records R EH1 K ER0 D Z; resource R IY0 S AO1 R S; resources R IY0 S AO1 R S IH0 Z;
request R IY0 K W EH1 S T; library L AY1 B R EH0 R IY0; zero Z IY1 R OW0; doesn't D AH1 Z AH0 N T; ok OW2 K EY1; okay OW2 K EY1;
vs V ER1 S AH0 S; versus V ER1 S AH0 S; kilometers K IH0 L AA1 M IH0 T ER0 Z; kilometer K IH0 L AA1 M IH0 T ER0;
monday M AH1 N D EY0; tuesday T UW1 Z D EY0; thursday TH ER1 Z D EY0; friday F R AY1 D EY0; saturday S AE1 T ER0 D EY2;
sunday S AH1 N D EY0; president P R EH1 Z IH0 D AH0 N T; restaurant R EH1 S T R AA0 N T; vegetable V EH1 JH T AH0 B AH0 L;
hundred HH AH1 N D R IH0 D; family F AE1 M IH0 L IY0; general JH EH1 N ER0 AH0 L; natural N AE1 CH ER0 AH0 L;
february F EH1 B R UW0 EH2 R IY0; wednesday W EH1 N Z D EY0; comfortable K AH1 M F T AH0 B AH0 L; percent P ER0 S EH1 N T;
evening IY1 V N IH0 NG; please P L IY1 Z; welcome W EH1 L K AH2 M; project P R AA1 JH EH0 K T; github G IH1 T HH AH2 B;
thirty TH ER1 T IY0; thirties TH ER1 T IY0 Z; sometimes S AH1 M T AY2 M Z; decade D EH1 K EY2 D; decades D EH1 K EY2 D Z;
nevada N AH0 V AE1 D AH0; beijing B EY2 JH IH1 NG; lima L IY1 M AH0; siobhan SH AH0 V AO1 N; hermione HH ER0 M AY1 AH0 N IY0;
nguyen W IH1 N; chavez CH AA1 V EH0 Z; mozart M OW1 T S AA2 R T; schwarzenegger SH W AO1 R T S AH0 N EH2 G ER0; goethe G ER1 T AH0
`;

export const LEXICON: ReadonlyMap<string, string> = new Map(
  TABLE.split(';').map((entry) => {
    const [word = '', ...phones] = entry.trim().split(/\s+/);
    return [word, phones.join(' ')];
  }),
);

/** Names of the letters, for initialisms. */
export const LETTER_NAMES: Readonly<Record<string, string>> = {
  a: 'EY1',
  b: 'B IY1',
  c: 'S IY1',
  d: 'D IY1',
  e: 'IY1',
  f: 'EH1 F',
  g: 'JH IY1',
  h: 'EY1 CH',
  i: 'AY1',
  j: 'JH EY1',
  k: 'K EY1',
  l: 'EH1 L',
  m: 'EH1 M',
  n: 'EH1 N',
  o: 'OW1',
  p: 'P IY1',
  q: 'K Y UW1',
  r: 'AA1 R',
  s: 'EH1 S',
  t: 'T IY1',
  u: 'Y UW1',
  v: 'V IY1',
  w: 'D AH1 B AH0 L Y UW2',
  x: 'EH1 K S',
  y: 'W AY1',
  z: 'Z IY1',
};

/**
 * How espeak-ng's en-us voice says function words inside a clause and, after the bar, at its end. The words that
 * carry the rhythm of English: with full stresses Piper voices sound chopped.
 */
const WEAK_TABLE = `
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
  entries(WEAK_TABLE).map(([word, ipa]) => {
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
