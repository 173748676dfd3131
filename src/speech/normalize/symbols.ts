/** Signs that have a name, and those that have none. */
const BEFORE_NUMBERS: readonly (readonly [RegExp, string])[] = [
  [/\bC#/g, 'C sharp'],
  [/\bF#/g, 'F sharp'],
  [/\bC\+\+/g, 'C plus plus'],
  [/(?<!\w)#\s?(?=\d)/g, 'number '],
  [/(?<![\w~])~\s?(?=[\d$£€])/g, 'about '],
  [/(?<=^|[\s("])[-–](?=\.?\d)/g, 'minus '],
  [/\+\/-|±/g, ' plus or minus '],
  [/(?<=\d)\s?÷\s?(?=\d)/g, ' divided by '],
  [/(?<=[\d\w)])\s?\*\s?(?=\d)/g, ' times '],
  [/(?<=[\w)])\s?\^\s?(?=[\w(-])/g, ' to the power of '],
  [/×/g, ' times '],
  [/(?:<=|≤|=<)/g, ' less than or equal to '],
  [/(?:>=|≥)/g, ' greater than or equal to '],
  [/!=|≠/g, ' is not equal to '],
  [/≈/g, ' is about '],
  [/={2,}/g, ' equals '],
  [/(?:<-+|-+>|=>|[←-⇿])/g, ' — '],
];

const AFTER_NUMBERS: readonly (readonly [RegExp, string])[] = [
  [/<\/?[A-Za-z][^<>]{0,200}>/g, ' '],
  [/&(?:amp|nbsp|quot|lt|gt);/g, ' '],
  [/&/g, ' and '],
  [/=/g, ' equals '],
  [/\+/g, ' plus '],
  [/(?<=\w)\s?<\s?(?=\w)/g, ' less than '],
  [/(?<=\w)\s?>\s?(?=\w)/g, ' greater than '],
  [/@/g, ' at '],
  [/%/g, ' percent '],
  [/°/g, ' degrees '],
  [/§/g, ' section '],
  [/\$/g, ' dollars '],
  [/£/g, ' pounds '],
  [/€/g, ' euros '],
  [/¢/g, ' cents '],
  [/(?<=\p{L})\/(?=\p{L})/gu, ' slash '],
  [/#(?=\p{L})/gu, ' hash '],
  [/\s[-–]\s|–/g, ' — '],
];

const rewrite = (text: string, rules: readonly (readonly [RegExp, string])[]): string => {
  let spoken = text;
  for (const [pattern, words] of rules) spoken = spoken.replace(pattern, words);
  return spoken;
};

export const nameMathSigns = (text: string): string => rewrite(text, BEFORE_NUMBERS);
export const nameSigns = (text: string): string => rewrite(text, AFTER_NUMBERS);

/** Last pass: only letters, inner apostrophes and hyphens, and marks of prosody stay; each space once. */
export function keepSpeech(text: string): string {
  return text
    .replace(/[^\p{L}\p{M}'\-.,;:!?…—()" ]/gu, ' ')
    .replace(/(?<![\p{L}\p{M}])-|-(?![\p{L}])/gu, ' ')
    .replace(/(?<![\p{L}\p{M}])'(?!\p{L})/gu, ' ')
    .replace(/([!?])[!?]{2,}/g, '$1')
    .replace(/\.{2,}/g, '…')
    .replace(/ {2,}/g, ' ')
    .replace(/ +(?=[.,;:!?…)])/g, '')
    .replace(/\( +/g, '(')
    .replace(/\(\)/g, '')
    .replace(/([,;:])[,;:]{1,}/g, '$1')
    .replace(/(?<=\p{L})([,;:!?…)])(?=\p{L})/gu, '$1 ')
    .replace(/(?<=\p{Ll})\.(?=\p{Ll})/gu, ' dot ')
    .replace(/(?<=\p{Ll})\.(?=\p{Lu})/gu, '. ')
    .replace(/ {2,}/g, ' ')
    .trim();
}
