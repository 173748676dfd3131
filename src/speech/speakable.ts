/** UTF-16 units in which a text has to begin to say something. */
const LOOKED_AT = 100_000;

/** Whether `text` says anything: at least one letter or digit of any script, after no more than 100,000 of other characters. */
export function isSpeakable(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text.length > LOOKED_AT ? text.slice(0, LOOKED_AT) : text);
}

/** Whether `text` shows nothing: white space, control and format characters alone. */
export function isBlank(text: string): boolean {
  return !/[^\p{C}\p{Z}\s]/u.test(text);
}
