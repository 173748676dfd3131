/** The words of a clause in lower case, and which of them is asked about. */
export interface WordPlace {
  readonly words: readonly string[];
  readonly at: number;
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

export const BE: ReadonlySet<string> = set(
  "am is are was were be been being i'm you're we're they're he's she's it's that's isn't aren't wasn't weren't seem seems seemed feel feels felt stay stays stayed remain remains remained become becomes became get gets got",
);
export const HAVE: ReadonlySet<string> = set(
  "have has had having haven't hasn't hadn't i've you've we've they've he'd she'd",
);
/** A verb in its first form follows, whoever does it. */
export const MODALS: ReadonlySet<string> = set(
  "will would can could shall should may might must do does did cannot can't don't doesn't didn't won't wouldn't couldn't shouldn't mustn't needn't " +
    "let's please i'll you'll we'll they'll he'll she'll it'll i'd you'd we'd they'd help helps helped helping",
);
/** Articles, possessives, numbers: a noun or its adjective follows. */
export const DETERMINERS: ReadonlySet<string> = set(
  'the a an this these those my your his its our their her no some any each every another either neither what whose many few several more most less ' +
    'one two three four five six seven eight nine ten eleven twelve twenty thirty hundred thousand million first second third last next other same such own',
);
/** What may begin the object of a verb. */
const OBJECTS = set(
  'the a an this that these those my your his its our their her me him it us them you myself yourself himself herself itself ' +
    'ourselves themselves mine yours hers ours theirs each every another some any no what whatever everything nothing something everyone one two three',
);
const SINGULAR_DETERMINERS = set('a an this each every one another its');
const SUBJECTS = set('i you we they who');
const SINGULAR_SUBJECTS = set(
  'he she it this that which who everyone everybody someone somebody nobody nothing everything one',
);
const OBJECT_PRONOUNS = set('me him her it us them you');
const PREPOSITIONS = set(
  'of in on at by for with from into onto over under between through about against without within during per like near since toward towards upon via than ' +
    'before after until till despite across along among around behind below beside beyond inside outside past except as',
);
const CONJUNCTIONS = set('and or but nor then so');
/** "to" behind these comes before a thing: "due to conflict". */
const TO_A_THING = set(
  'due access according thanks reaction objection related similar relative next close prior addicted opposed subject compared respect contrary owing attention answer key',
);
const LETTING = set(
  'let lets make makes made making help helps helped watch watched hear heard see saw have had',
);
const ADVERBS = set(
  'not never always also often usually sometimes just only still now ever even rarely seldom soon already actually simply really very too quite so almost rather again both all',
);
/** Verbs that agree with a thing before them, so that it is one. */
const FINITE = set(
  "is was are were has had have will would can could may might must should does did isn't wasn't aren't weren't hasn't won't",
);
const PLURALS = set('people police men women children mice teeth feet geese cattle');

const isAdverb = (word: string): boolean => ADVERBS.has(word) || /[a-z]{3}ly$/.test(word);
/** By its ending alone: "boss", "bus" and "this" are none. */
const looksPlural = (word: string): boolean =>
  PLURALS.has(word) || /[^siu']s$/.test(word) || /ies$/.test(word);
const isFunctionWord = (word: string): boolean =>
  DETERMINERS.has(word) ||
  OBJECTS.has(word) ||
  PREPOSITIONS.has(word) ||
  CONJUNCTIONS.has(word) ||
  FINITE.has(word) ||
  BE.has(word) ||
  isAdverb(word);

/** The word before, adverbs passed over: "does not always", "were very". */
export function headBefore({ words, at }: WordPlace): { readonly word: string; readonly at: number } {
  let i = at - 1;
  while (i > 0 && isAdverb(words[i]!)) i--;
  return { word: words[i] ?? '', at: i };
}

/** A determiner of one thing stands in the same phrase: "a sports record". */
function isOneThing(words: readonly string[], at: number): boolean {
  for (let i = at - 1; i >= Math.max(0, at - 3); i--) {
    if (SINGULAR_DETERMINERS.has(words[i]!)) return true;
    if (isFunctionWord(words[i]!)) return false;
  }
  return false;
}

/**
 * Whether the word is used as a verb, and not as a noun or an adjective: by the function words and the forms of the words around
 * it. A tagger for any word (compromise/two, MIT) was right in 116 of 134 unseen cases where this was in 129, is 295 kB, and takes
 * milliseconds a sentence. `isThird` is true of a form in -s, a plural or the verb of he, she and it. In doubt it is no verb.
 */
export function isVerb({ words, at }: WordPlace, isThird: boolean): boolean {
  const next = words[at + 1] ?? '';
  const { word: head, at: headAt } = headBefore({ words, at });
  const beforeHead = words[headAt - 1] ?? '';
  if (headAt < 0) return !isThird && OBJECTS.has(next);
  if (headAt === 0 && isAdverb(head))
    return !isThird && (OBJECTS.has(next) || /^(?:never|always|just)$/.test(head));
  if (MODALS.has(head)) return !isThird;
  if (head === 'to') return !isThird && !TO_A_THING.has(beforeHead);
  if (head === 'that' || head === 'which') {
    if (isThird) return true;
    return looksPlural(beforeHead) && !FINITE.has(next);
  }
  if (isThird && SINGULAR_SUBJECTS.has(head)) return true;
  if (!isThird && SUBJECTS.has(head)) return true;
  if (!isThird && isAsked(words, headAt)) return true;
  if (BE.has(head) || HAVE.has(head) || DETERMINERS.has(head) || PREPOSITIONS.has(head)) return false;
  if (CONJUNCTIONS.has(head)) return !isThird && OBJECTS.has(next);
  if (isFunctionWord(head)) return false;
  return isThird ? followsOne(head, next) : followsMany(words, headAt, next);
}

/** "did he ...", "can the team ...", "let them ...": the subject stands between. */
function isAsked(words: readonly string[], at: number): boolean {
  const subject = words[at]!;
  const before = words[at - 1] ?? '';
  if (OBJECT_PRONOUNS.has(subject) && LETTING.has(before)) return true;
  if (/^(?:he|she|it|we|they|i|you)$/.test(subject)) return MODALS.has(before);
  return DETERMINERS.has(before) && !isFunctionWord(subject) && MODALS.has(words[at - 2] ?? '');
}

/** "The company records the call": one of something, and what it does it to. */
const followsOne = (head: string, next: string): boolean => !looksPlural(head) && OBJECTS.has(next);

/** "Prices increase": several, and nothing behind that would be their verb. */
function followsMany(words: readonly string[], at: number, next: string): boolean {
  if (!looksPlural(words[at]!) || isOneThing(words, at)) return false;
  if (FINITE.has(next)) return false;
  // "the police record shows", but "people use phones"
  const isNamed = DETERMINERS.has(words[at - 1] ?? '');
  return next === '' || isFunctionWord(next) || !isNamed || !/[^s]s$/.test(next);
}
