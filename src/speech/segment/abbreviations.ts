/** Words whose full stop does not end a sentence, as data. All in lower case, without the last stop. */

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/).filter(Boolean));

/** Stand before a name and never at an end. They need their capital: "Rep." is one, "one more rep." is none. */
const titles: Readonly<Record<string, ReadonlySet<string>>> = {
  en: words(`mr mrs ms mx dr prof st fr sr sra gen maj col lt capt cmdr cpl sgt pvt adm rev hon gov sen rep pres supt
    msgr mt ft messrs mme mlle`),
  de: words('hr fr dr prof st dipl ing mag frl'),
  fr: words('m mm mme mmes mlle mlles me mgr dr pr st ste'),
  es: words('sr sra srta sres dr dra d dña ud uds lic ing prof'),
  it: words('sig sigg dott prof avv ing geom rag mons arch'),
  pt: words('sr sra srta dr dra prof profa eng exmo d'),
  nl: words('dhr mevr mw dr drs prof ir mr ing'),
  vi: words('tp ts ths gs pgs bs ks ts p q'),
};

/** Always lead on to what follows. */
const leading: Readonly<Record<string, ReadonlySet<string>>> = {
  en: words('e.g i.e eg ie vs cf approx viz c.f op ca circa'),
  de: words('z.b d.h u.a bzw vgl ca sog inkl exkl evtl ggf i.d.r v.a z.t'),
  fr: words('p.ex cf env c.-à-d av apr boul'),
  es: words('p.ej aprox cf av avda'),
  it: words('p.es es cfr ca'),
  pt: words('p.ex cf aprox av'),
  nl: words('bijv d.w.z o.a m.a.w ca t.a.v'),
  vi: words('v.d'),
};

/** Abbreviate only before a number: "No. 5", against "No. I will not." */
const numbered: ReadonlySet<string> =
  words(`no nos nr núm nº num p pp pg vol vols ch chap sec sect art fig figs eq eqs
  ex op app para par tab abb bd kap pág pag cap`);

/** May also stand at the end: what comes next decides. */
const usual: Readonly<Record<string, ReadonlySet<string>>> = {
  en: words(`etc inc ltd co corp bros llc plc dept univ assn est ext al jr sr esq ave blvd rd hwy apt tel avg mfg govt
    misc eds jan feb apr jun jul aug sep sept oct nov dec tues thurs fri a.m p.m
    ph.d b.a m.a b.sc m.sc u.s u.k u.n e.u d.c b.c a.d`),
  de: words('usw etc str gmbh jan feb apr aug sept okt nov dez std min max tel geb gest jh'),
  fr: words('etc janv févr avr juil sept oct nov déc tél bd éd'),
  es: words('etc ee.uu s.a tel ene feb abr ago sept oct nov dic'),
  it: words('ecc s.p.a tel gen feb apr ago sett ott nov dic'),
  pt: words('etc s.a tel jan fev abr ago set out nov dez'),
  nl: words('enz etc b.v n.v tel jan feb apr aug sept okt nov dec'),
  vi: words('v.v'),
};

/** English words that are abbreviations only with their capital: "Sun. 5 May", against "in the sun." */
const capital: ReadonlySet<string> = words('mon tue wed thu sat sun mar');

/** First words that tell a new sentence from a name after an abbreviation. */
const starters: Readonly<Record<string, ReadonlySet<string>>> = {
  en: words(`the a an this that these those it he she we they i you his her its our their my your there here what who
    when where why how if in on at as by for from with to but and or so then now yet not no yes one some many most all
    both each every after before since while although because however meanwhile moreover instead also do does did is
    are was were will would can could should please let`),
  de: words(
    'der die das ein eine es er sie wir ich du ihr und aber doch dann wenn als in im am auf mit von zu so',
  ),
  fr: words(
    'le la les un une des il elle ils elles on nous vous je tu ce cette et mais ou donc dans en puis',
  ),
  es: words('el la los las un una es él ella yo tú nosotros esto y pero o en con por para luego'),
  it: words('il lo la i gli le un una è lui lei io tu noi questo e ma o in con per poi'),
  pt: words('o a os as um uma é ele ela eu tu nós isto e mas ou em com por para depois'),
  nl: words('de het een hij zij ze wij we ik jij je en maar of dan in op met van'),
  vi: words('tôi anh chị em ông bà nó họ chúng đây đó và nhưng khi nếu vì'),
};

/** Written with a stop after the number: "am 3. Oktober". */
const ordinalLanguages: ReadonlySet<string> = words('de da nb nn no fi cs sk sl hr hu pl tr et lv is');

const initial = /^\p{Lu}$/u;
const dotted = /^\p{L}{1,3}(?:\.\p{L}{1,3})+$/u;
const firstWord = /^["'“‘«([]*(\p{L}+)(?![\p{L}.])/u;

/**
 * Whether the full stop after `word` belongs to the word, seen what follows the gap. False means it ends a sentence.
 *
 * @param word what stands before the stop, back to the last space
 * @param after what follows the space, at least its first word
 * @param language primary subtag, for example `en`
 */
export function isAbbreviation(word: string, after: string, language: string): boolean {
  const lower = word.toLowerCase();
  const has = (lists: Readonly<Record<string, ReadonlySet<string>>>): boolean =>
    (lists[language] ?? lists.en)?.has(lower) ?? false;
  if (has(leading)) return true;
  if (has(titles) && word !== lower) return true;
  const beforeNumber = /^[#№]?\p{N}/u.test(after);
  if (numbered.has(lower) && (beforeNumber || /^(?:[IVX]{2,}|[VX])\b/u.test(after))) return true;
  if (/^\p{N}{1,2}$/u.test(word)) return ordinalLanguages.has(language) && !startsSentence(after, language);
  if (word === 'I') return /^\p{Lu}\.\s/u.test(after);
  const known = has(usual) || dotted.test(word) || (capital.has(lower) && word !== lower);
  if (initial.test(word) || known) return !startsSentence(after, language);
  return false;
}

function startsSentence(after: string, language: string): boolean {
  const found = firstWord.exec(after)?.[1];
  if (!found || !/^\p{Lu}/u.test(found)) return false;
  return (starters[language] ?? starters.en)?.has(found.toLowerCase()) ?? false;
}
