/** Stands before the title of a chapter: a form feed, which nobody types and nobody hears. */
export const CHAPTER = '\f';

export interface Chapter {
  readonly title: string;
  readonly text: string;
}

const MAX_TITLE = 80;
/** Lines that begin a chapter in a plain text: English and Vietnamese. */
const heading = /^(?=[ \t]*(?:chapter|part|chương|phần)[ \t]+(?:\d{1,3}|[ivxlc]{1,7})\b.{0,80}$)/gimu;

/** The chapters of a text; one, where it has none. The title is part of what is said. */
export function chaptersOf(text: string): Chapter[] {
  const marked = text.includes(CHAPTER) ? text : text.replace(heading, CHAPTER);
  return marked
    .split(CHAPTER)
    .filter((part) => /[\p{L}\p{N}]/u.test(part))
    .map((part) => ({ title: titleOf(part), text: part.trim() }));
}

function titleOf(part: string): string {
  const line = part.trim().split('\n', 1)[0] ?? '';
  return line.length <= MAX_TITLE ? line : `${line.slice(0, MAX_TITLE - 1)}…`;
}
