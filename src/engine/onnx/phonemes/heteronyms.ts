/**
 * Words with two pronunciations under one spelling. A class says how the two differ, so the dictionary's own
 * variants serve; the words before and after decide. Wrong guesses are common English readings, never noise.
 */
const NOUN_VERB = new Set(
  (
    'record present object project conflict contract contrast conduct desert export import increase insult permit ' +
    'produce progress protest rebel refuse reject subject suspect content extract impact transfer transport upgrade ' +
    'update research discount attribute combat compact compound convict decrease digest discharge escort perfect ' +
    'frequent address addict affect ally annex commune compress console construct consort contest convert converse ' +
    'defect detail essay exploit fragment implant incline intern invite mandate misprint overlap proceeds recall ' +
    'recap refill refund relapse relay remake replay reprint retake rewrite survey torment upset'
  ).split(' '),
);
const S_OR_Z = new Set('use house close excuse abuse diffuse'.split(' '));
const ATE =
  /(deliber|separ|gradu|associ|deleg|duplic|altern|appropri|elabor|moder|articul|anim|intim|approxim|coordin|advoc|estim|predic|syndic)ate$/;

const VERB_BEFORE = new Set(
  (
    "to will would can could should may might must shall cannot can't don't doesn't didn't won't wouldn't couldn't " +
    "shouldn't i you we they let let's please i'll you'll we'll they'll he'll she'll it'll i'd you'd we'd they'd do did " +
    'does not who never always also then just'
  ).split(' '),
);
const DETERMINERS = new Set(
  'the a an this that these those my your his her its our their it them him me us all every'.split(' '),
);
const PERFECT_BEFORE = new Set(
  "have has had was were been be is are i've you've we've they've he's she's having got it's".split(' '),
);
const LIVE_NOUNS = new Set(
  (
    'music show shows stream event events audience performance concert video broadcast chat tv audio coverage demo wire wires ' +
    'ammunition bait animals lobsters recording session version album camera cameras feed updates radio television studio ' +
    'translation'
  ).split(' '),
);
/** Something is over. */
const PAST =
  /\b(?:yesterday|ago|already|last (?:night|week|month|year|summer|winter|spring|autumn|fall|time)|once|previously|earlier)\b/;
/** After these a verb has its first form, whoever does it. */
const ASKED_OR_LET =
  /\b(?:did|does|do|will|would|can|could|should|may|might|must|shall|let|lets|makes?|made|helps?|helped|didn't|doesn't|don't|won't|can't|couldn't|wouldn't|shouldn't)(?: (?:i|you|we|they|he|she|it|him|her|me|us|them|not|never|always))? read\b/;
/** Behind a verb of dwelling. */
const PLACES = new Set(
  'in on at here there with by near alone under next inside outside nearby off among abroad'.split(' '),
);
/** Before the plural of life. */
const OF_LIVES =
  /^(?:their|our|my|your|his|her|its|of|the|many|several|some|these|those|whose|all|both|two|three|four|five|six|seven|eight|nine|ten|more|human|daily|private|past|double|hundred|thousand|million|lost|saved?|saves|saving|takes?|took|costs?|risked|lead|led|and)$/;
const BASS_NOUNS = new Set('guitar player line drum clef line solo drums notes note'.split(' '));

export interface Neighbours {
  /** The word as written. */
  readonly written: string;
  /** Lower case; empty at a clause edge. */
  readonly before: string;
  readonly after: string;
  /** All words of the clause in lower case, with single spaces. */
  clause(): string;
}

function isVerb({ written, before, after }: Neighbours): boolean {
  return (
    (written === 'refuse' && after === 'to') ||
    VERB_BEFORE.has(before) ||
    (before === '' && DETERMINERS.has(after))
  );
}

const stressedFirst = (phones: string): boolean => /^[^\d]*[12]/.test(phones) && /^[^012]*1/.test(phones);

type Pick = (variants: readonly string[], context: Neighbours) => string | undefined;

const pickStress: Pick = (variants, context) => {
  const verb = isVerb(context);
  return variants.find((phones) => stressedFirst(phones) !== verb);
};
const pickFinal =
  (noun: RegExp, verb: RegExp): Pick =>
  (variants, context) => {
    const wanted = isVerb(context) ? verb : noun;
    return variants.find((phones) => wanted.test(phones));
  };

/** Words whose choice has a rule of its own: ARPAbet for the context. */
const SINGLE: Readonly<Record<string, (context: Neighbours) => string>> = {
  read: ({ before, clause }) => {
    if (PERFECT_BEFORE.has(before)) return 'R EH1 D';
    if (before === 'to' || ASKED_OR_LET.test(clause())) return 'R IY1 D';
    return /^(?:he|she|it|who)$/.test(before) || PAST.test(clause()) ? 'R EH1 D' : 'R IY1 D';
  },
  lead: ({ after }) =>
    /^(pipe|pipes|paint|poisoning|acid|free|bullet)$/.test(after) ? 'L EH1 D' : 'L IY1 D',
  live: ({ before, after }) =>
    LIVE_NOUNS.has(after) ||
    /^(go|goes|going|gone|went|is|are|was|were|be|we're|it's|now|broadcast|streaming|recorded|a)$/.test(
      before,
    )
      ? 'L AY1 V'
      : 'L IH1 V',
  lives: ({ before, after }) =>
    /^(he|she|it|who|that|mother|father|one|nobody|everybody|somebody|everyone|someone)$/.test(before) ||
    (before !== '' && PLACES.has(after) && !OF_LIVES.test(before))
      ? 'L IH1 V Z'
      : 'L AY1 V Z',
  house: (context) => (isVerb(context) && context.before !== 'the' ? 'HH AW1 Z' : 'HH AW1 S'),
  content: ({ before, after }) =>
    after === 'with' && !DETERMINERS.has(before) ? 'K AH0 N T EH1 N T' : 'K AA1 N T EH0 N T',
  wind: (context) =>
    isVerb(context) && /^(up|down|the|around|back|a)$/.test(context.after) ? 'W AY1 N D' : 'W IH1 N D',
  wound: ({ after, before }) =>
    (/^(up|down|around|through|its|tight)$/.test(after) && !/^(a|the|his|her|my)$/.test(before)) ||
    (DETERMINERS.has(after) && /^(i|he|she|we|they)$/.test(before))
      ? 'W AW1 N D'
      : 'W UW1 N D',
  tear: (context) =>
    isVerb(context) || /^(up|down|apart|off)$/.test(context.after) || context.before === 'wear'
      ? 'T EH1 R'
      : 'T IH1 R',
  bass: ({ after, before }) =>
    BASS_NOUNS.has(after) || /^(the|play|plays|playing|on|double)$/.test(before) ? 'B EY1 S' : 'B AE1 S',
  bow: ({ after, before }) => (/^(and|tie|arrow)$/.test(after) || before === 'a' ? 'B OW1' : 'B AW1'),
  dove: ({ before, after }) =>
    /^(he|she|they|i|we|it)$/.test(before) || after === 'into' ? 'D OW1 V' : 'D AH1 V',
  polish: ({ written }) => (written.startsWith('P') ? 'P OW1 L IH0 SH' : 'P AA1 L IH0 SH'),
  august: ({ written }) => (written.startsWith('A') ? 'AO1 G AH0 S T' : 'AO0 G AH1 S T'),
  minute: ({ after }) =>
    /^(detail|amount|difference|quantit|fraction|particle|trace|crack|change)(s|y|ies)?$/.test(after)
      ? 'M AY0 N UW1 T'
      : 'M IH1 N AH0 T',
  sow: ({ before }) => (/^(a|the)$/.test(before) ? 'S AW1' : 'S OW1'),
  row: ({ before }) => (before === 'huge' ? 'R AW1' : 'R OW1'),
  does: () => 'D AH1 Z',
  resume: ({ before }) =>
    /^(my|your|his|her|their|a|the)$/.test(before) ? 'R EH1 Z AH0 M EY2' : 'R IH0 Z UW1 M',
  used: ({ before, after }) =>
    after === 'to' && !/^(is|are|was|were|be|been|being)$/.test(before) ? 'Y UW1 S T' : 'Y UW1 Z D',
};

/** The pronunciation the neighbours ask for, in ARPAbet, or nothing for words with one pronunciation. */
export function pickHeteronym(
  word: string,
  variants: readonly string[],
  context: Neighbours,
): string | undefined {
  if (Object.hasOwn(SINGLE, word)) return SINGLE[word]!(context);
  const plain = word.replace(/s$/, '');
  if (NOUN_VERB.has(word) || (NOUN_VERB.has(plain) && word !== plain)) return pickStress(variants, context);
  if (S_OR_Z.has(word)) return pickFinal(/S$/, /Z$/)(variants, context);
  if (ATE.test(word)) return pickFinal(/[AI]H0 T$/, /EY[0-2] T$/)(variants, context);
  return undefined;
}
