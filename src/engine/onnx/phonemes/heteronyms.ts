import { BE, DETERMINERS, HAVE, headBefore, isVerb, MODALS, type WordPlace } from './part-of-speech.ts';

/**
 * Words with two pronunciations under one spelling. A class says how the noun (or adjective) and the verb differ, so that the
 * dictionary's own variants serve; the words around decide which of them it is.
 */
const NOUN_VERB = new Set(
  (
    'record present object project conflict contract contrast conduct desert export import increase insult permit ' +
    'produce progress protest rebel refuse reject subject suspect extract impact transfer transport upgrade ' +
    'update research discount attribute combat compact compound convict decrease digest discharge escort perfect ' +
    'frequent address addict ally annex commune compress console construct consort contest convert converse ' +
    'defect essay exploit fragment implant incense incline intern invite overflow recall entrance absent ' +
    'recap refill refund retake rewrite survey torment upset abstract accent offset'
  ).split(' '),
);
const S_OR_Z = new Set('use misuse close excuse abuse diffuse house'.split(' '));
const ATE =
  /(deliber|separ|gradu|associ|deleg|duplic|altern|appropri|elabor|moder|articul|anim|intim|approxim|coordin|subordin|advoc|estim|predic|syndic|degener|aggreg|affili|consumm|confeder)ate$/;

/** What the dictionary lacks of them: the noun or adjective, and the verb. */
const LACKING: Readonly<Record<string, readonly [noun: string, verb: string]>> = {
  refuse: ['R EH1 F Y UW2 S', 'R AH0 F Y UW1 Z'],
  export: ['EH1 K S P AO2 R T', 'IH0 K S P AO1 R T'],
  entrance: ['EH1 N T R AH0 N S', 'EH0 N T R AE1 N S'],
  absent: ['AE1 B S AH0 N T', 'AE0 B S EH1 N T'],
  frequent: ['F R IY1 K W AH0 N T', 'F R IY0 K W EH1 N T'],
  fragment: ['F R AE1 G M AH0 N T', 'F R AE0 G M EH1 N T'],
  consort: ['K AA1 N S AO2 R T', 'K AH0 N S AO1 R T'],
  intern: ['IH1 N T ER0 N', 'IH0 N T ER1 N'],
  invite: ['IH1 N V AY2 T', 'IH0 N V AY1 T'],
  house: ['HH AW1 S', 'HH AW1 Z'],
  wind: ['W IH1 N D', 'W AY1 N D'],
  sow: ['S AW1', 'S OW1'],
  separate: ['S EH1 P R AH0 T', 'S EH1 P ER0 EY2 T'],
  associate: ['AH0 S OW1 SH IY0 AH0 T', 'AH0 S OW1 SH IY0 EY2 T'],
  graduate: ['G R AE1 JH UW0 AH0 T', 'G R AE1 JH UW0 EY2 T'],
};

const endsIn =
  (noun: RegExp, verb: RegExp) =>
  (verbal: boolean): RegExp =>
    verbal ? verb : noun;
const BY_STRESS = endsIn(/^[^\d]*1/, /^[^\d]*[02]/);
const BY_VOICE = endsIn(/S$/, /Z$/);
const BY_VOWEL = endsIn(/[AI]H0 T$/, /EY[0-2] T$/);

function classOf(word: string): ((verbal: boolean) => RegExp) | undefined {
  if (NOUN_VERB.has(word)) return BY_STRESS;
  if (S_OR_Z.has(word)) return BY_VOICE;
  return ATE.test(word) ? BY_VOWEL : undefined;
}

/** Hardly ever nouns, but behind an article or the like. */
const MOSTLY_VERBS = new Set('refuse invite reject convert construct exploit'.split(' '));

/** Something is over. */
const PAST =
  /\b(?:yesterday|ago|already|last (?:night|week|month|year|summer|winter|spring|autumn|fall|time)|once|previously|earlier|was|were|had|did|said|went|saw|knew|told|thought|felt|came|[a-z]{2,}[^e]ed)\b/;
const LIVE_NOUNS = new Set(
  (
    'music show shows stream event events audience performance concert video broadcast chat tv audio coverage demo wire wires ' +
    'ammunition bait animals lobsters recording session version album camera cameras feed updates radio television studio ' +
    'translation'
  ).split(' '),
);
/** Behind a verb of dwelling. */
const PLACES = new Set(
  'in on at here there with by near alone under next inside outside nearby off among abroad'.split(' '),
);
/** Before the plural of life. */
const OF_LIVES =
  /^(?:their|our|my|your|his|her|its|of|the|many|several|some|these|those|whose|all|both|two|three|four|five|six|seven|eight|nine|ten|more|human|daily|private|past|double|hundred|thousand|million|lost|saved?|saves|saving|takes?|took|costs?|risked|lead|led|and)$/;
const BASS_NOUNS = new Set('guitar player line drum clef line solo drums notes note voice part'.split(' '));
const FISHING =
  /\b(?:fish|fishing|fished|caught|catch|catches|lake|river|sea|bait|grilled|fried|striped|largemouth|pond)\b/;
const LEADEN =
  /^(?:pipes?|paints?|poisoning|acid|free|bullets?|mines?|levels?|exposure|shot|weights?|crystal|glass|battery|batteries|pencils?|ore)$/;
const OLD_ONES =
  /^(?:man|men|woman|women|person|people|parents?|mother|father|lady|gentleman|care|relatives?|)$/;

export interface Neighbours extends WordPlace {
  /** The word as written. */
  readonly written: string;
}

/** Lower case; empty at a clause edge. */
const before = ({ words, at }: WordPlace, distance = 1): string => words[at - distance] ?? '';
const after = ({ words, at }: WordPlace, distance = 1): string => words[at + distance] ?? '';
const clause = ({ words }: WordPlace): string => words.join(' ');

/** "read": of what has a past form under the same spelling the words of time and the other verbs tell. */
function isPastRead(context: WordPlace): boolean {
  const { words } = context;
  const head = headBefore(context);
  const further = words[head.at - 1] ?? '';
  const isSubject = /^(?:i|you|he|she|it|we|they|who)$/.test(head.word);
  const auxiliary = isSubject ? further : head.word;
  if (auxiliary === 'to' || MODALS.has(auxiliary)) return false;
  if (HAVE.has(auxiliary) || BE.has(auxiliary) || /^(?:well|widely)$/.test(before(context))) return true;
  if (head.word === '') return false;
  if (DETERMINERS.has(head.word)) return false;
  if (/^(?:he|she|it|who)$/.test(head.word)) return true;
  return PAST.test(clause(context));
}

/** Words whose choice has a rule of its own: ARPAbet for the context. */
const SINGLE: Readonly<Record<string, (context: Neighbours) => string>> = {
  read: (context) => (isPastRead(context) ? 'R EH1 D' : 'R IY1 D'),
  lead: (context) => {
    const isMetal =
      LEADEN.test(after(context)) ||
      (/^(?:of|with|contains?|from)$/.test(before(context)) &&
        !/^[a-z]+(?:er|or|ers)$/.test(after(context))) ||
      (HAVE.has(before(context)) && after(context) === 'in');
    return isMetal ? 'L EH1 D' : 'L IY1 D';
  },
  live: (context) => {
    if (LIVE_NOUNS.has(after(context))) return 'L AY1 V';
    if (isVerb(context, false)) return 'L IH1 V';
    if (
      /^(?:go|goes|going|gone|went|broadcast|streaming|recorded|performed?|sing|sang)$/.test(before(context))
    )
      return 'L AY1 V';
    if (BE.has(headBefore(context).word) || DETERMINERS.has(before(context))) return 'L AY1 V';
    return PLACES.has(after(context)) ? 'L IH1 V' : 'L AY1 V';
  },
  lives: (context) =>
    /^(?:he|she|it|who|that|mother|father|one|nobody|everybody|somebody|everyone|someone)$/.test(
      before(context),
    ) ||
    (before(context) !== '' && PLACES.has(after(context)) && !OF_LIVES.test(before(context)))
      ? 'L IH1 V Z'
      : 'L AY1 V Z',
  houses: () => 'HH AW1 Z IH0 Z',
  content: (context) => {
    const isAdjective =
      (BE.has(headBefore(context).word) && !/^(?:that|s)$/.test(after(context))) ||
      (after(context) === 'with' && !DETERMINERS.has(before(context)));
    return isAdjective ? 'K AH0 N T EH1 N T' : 'K AA1 N T EH0 N T';
  },
  wound: (context) => {
    const round =
      /^(?:up|down|around|through|its|tight|uphill|downhill|along|across|past|toward|towards|into)$/;
    const next = after(context);
    if (DETERMINERS.has(before(context)) || MODALS.has(before(context)) || before(context) === 'to')
      return 'W UW1 N D';
    return round.test(next) || (DETERMINERS.has(next) && /^(?:i|he|she|we|they|and)$/.test(before(context)))
      ? 'W AW1 N D'
      : 'W UW1 N D';
  },
  tear: (context) =>
    isVerb(context, false) || /^(?:up|down|apart|off|in)$/.test(after(context)) || before(context) === 'wear'
      ? 'T EH1 R'
      : 'T IH1 R',
  tears: (context) =>
    isVerb(context, true) || /^(?:up|down|apart|off)$/.test(after(context)) ? 'T EH1 R Z' : 'T IH1 R Z',
  bass: (context) => {
    if (BASS_NOUNS.has(after(context))) return 'B EY1 S';
    if (/^(?:play|plays|played|playing|on|double|sing|sings|sang|singing|electric)$/.test(before(context)))
      return 'B EY1 S';
    return FISHING.test(clause(context)) ? 'B AE1 S' : 'B EY1 S';
  },
  bow: (context) => {
    const bends = /^(?:took|take|takes|taking|gave|give|final|deep|low)$/;
    const isKnot = /^(?:and|tie|arrow|arrows|string)$/.test(after(context));
    if (isKnot) return 'B OW1';
    if (after(context) === 'of' || isVerb(context, false) || after(context) === 'down') return 'B AW1';
    return bends.test(before(context)) || bends.test(before(context, 2)) ? 'B AW1' : 'B OW1';
  },
  dove: (context) =>
    /^(?:he|she|they|i|we|it|who)$/.test(before(context)) || after(context) === 'into'
      ? 'D OW1 V'
      : 'D AH1 V',
  polish: ({ written }) => (written.startsWith('P') ? 'P OW1 L IH0 SH' : 'P AA1 L IH0 SH'),
  august: ({ written }) => (written.startsWith('A') ? 'AO1 G AH0 S T' : 'AO0 G AH1 S T'),
  minute: (context) =>
    /^(?:detail|amount|difference|quantit|fraction|particle|trace|crack|change)(?:s|y|ies)?$/.test(
      after(context),
    )
      ? 'M AY0 N UW1 T'
      : 'M IH1 N AH0 T',
  row: (context) => (/^(?:huge|blazing|furious)$/.test(before(context)) ? 'R AW1' : 'R OW1'),
  does: (context) =>
    DETERMINERS.has(before(context)) &&
    !/^(?:this|that|what|neither|either|each|one|no|some|her|his|other|first|last|next)$/.test(
      before(context),
    )
      ? 'D OW1 Z'
      : 'D AH1 Z',
  resume: (context) => (DETERMINERS.has(before(context)) ? 'R EH1 Z AH0 M EY2' : 'R IH0 Z UW1 M'),
  used: (context) => {
    if (after(context) !== 'to') return 'Y UW1 Z D';
    const further = after(context, 2);
    const isHabit =
      further === '' || DETERMINERS.has(further) || /^(?:it|him|them|us|me|you)$|ing$/.test(further);
    return BE.has(headBefore(context).word) && !isHabit ? 'Y UW1 Z D' : 'Y UW1 S T';
  },
  number: (context) => (after(context) === 'than' ? 'N AH1 M ER0' : 'N AH1 M B ER0'),
  moped: (context) =>
    /^(?:i|you|he|she|we|they|who|and)$/.test(before(context)) ? 'M OW1 P T' : 'M OW1 P EH0 D',
  invalid: (context) => {
    const isPerson =
      /^(?:the|an|each|every)$/.test(before(context)) &&
      /^(?:|is|was|has|had|who|and|in|[a-z]+ed)$/.test(after(context));
    return isPerson ? 'IH1 N V AH0 L IH0 D' : 'IH0 N V AE1 L AH0 D';
  },
  learned: (context) =>
    /^(?:a|my|your|his|our|their|most)$/.test(before(context)) && !DETERMINERS.has(after(context))
      ? 'L ER1 N IH0 D'
      : 'L ER1 N D',
  aged: (context) =>
    DETERMINERS.has(before(context)) && OLD_ONES.test(after(context)) ? 'EY1 JH IH0 D' : 'EY1 JH D',
  blessed: (context) => (DETERMINERS.has(before(context)) ? 'B L EH1 S IH0 D' : 'B L EH1 S T'),
  putting: (context) =>
    /^(?:greens?|course|stroke)$/.test(after(context)) ? 'P AH1 T IH0 NG' : 'P UH1 T IH0 NG',
};

const SIBILANT = /(?:[SZ]|[SZC]H|JH)$/;
const VOICELESS = /(?:[PTKF]|TH)$/;

/** The form in -s of what is said so. */
function withS(phones: string): string {
  if (SIBILANT.test(phones)) return `${phones} IH0 Z`;
  return phones + (VOICELESS.test(phones) ? ' S' : ' Z');
}

/**
 * The pronunciation the words around ask for, in ARPAbet, or nothing for words with one pronunciation.
 *
 * @param find all pronunciations of a word
 */
export function pickHeteronym(
  word: string,
  find: (word: string) => readonly string[],
  context: Neighbours,
): string | undefined {
  if (Object.hasOwn(SINGLE, word)) return SINGLE[word]!(context);
  const pick = (base: string, isThird: boolean): string | undefined => {
    const isNamed = DETERMINERS.has(before(context)) || DETERMINERS.has(before(context, 2));
    const verbal = isVerb(context, isThird) || (!isThird && MOSTLY_VERBS.has(base) && !isNamed);
    if (Object.hasOwn(LACKING, base)) return LACKING[base]![verbal ? 1 : 0];
    const form = classOf(base)?.(verbal);
    return form && find(base).find((phones) => form.test(phones));
  };
  const base = pick(word, false);
  if (base !== undefined || !word.endsWith('s')) return base;
  const third = pick(word.slice(0, -1), true);
  return third && withS(third);
}
