import { endsClause, endsSentence, type TimedWord } from '../words.ts';
import { type Said, type TimedSegment, timeSegment } from './captions.ts';

/** SubRip, as players read it: there is no standard but the files of SubRip itself. */
export function toSrt(said: Said): string {
  const cues = cuesOf(said).map(
    ({ start, end, lines }, index) =>
      `${index + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${lines.map(escapeSrt).join('\n')}\n`,
  );
  return cues.join('\n');
}

/** WebVTT (www.w3.org/TR/webvtt1). */
export function toVtt(said: Said): string {
  const cues = cuesOf(said).map(
    ({ start, end, lines }) =>
      `\n${clock(start, '.')} --> ${clock(end, '.')}\n${lines.map(escapeVtt).join('\n')}\n`,
  );
  return `WEBVTT\n${cues.join('')}`;
}

/** In whole milliseconds, as both formats have them; WebVTT wants each end after its start. */
function cuesOf({ rate, segments }: Said): Cue[] {
  return makeCues(segments.map((segment) => timeSegment(segment, rate))).map(({ start, end, lines }) => {
    const from = Math.round(start * 1000);
    return { start: from, end: Math.max(from + 1, Math.round(end * 1000)), lines };
  });
}

function clock(ms: number, point: ',' | '.'): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const [hours, minutes, seconds] = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60];
  return `${two(hours)}:${two(minutes)}:${two(seconds)}${point}${String(ms % 1000).padStart(3, '0')}`;
}

/** SubRip cannot escape: what would be taken for an arrow, a tag or a command gets characters that look alike. */
function escapeSrt(line: string): string {
  return line
    .replaceAll('-->', '→')
    .replace(/<(?=\/?[a-z])/gi, '‹')
    .replace(/\{(?=\\)/g, '(');
}

function escapeVtt(line: string): string {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What is shown at once, and when, in seconds. */
export interface Cue {
  readonly start: number;
  readonly end: number;
  /** One or two. */
  readonly lines: readonly string[];
}

/** Usual for subtitles (Netflix, timed text style guide): two lines of 42 characters, seven seconds at most. */
const LINE_WIDTH = 42;
const MAX_SECONDS = 7;

/** Cuts what was said into cues. No cue goes on over the end of a segment or, where it can be helped, of a sentence. */
export function makeCues(segments: readonly TimedSegment[]): Cue[] {
  return segments.flatMap(({ words }) => cutWords(words.flatMap(narrow))).map(toCue);
}

function cutWords(words: readonly TimedWord[]): TimedWord[][] {
  const cues: TimedWord[][] = [];
  let current: TimedWord[] = [];
  for (const word of words) {
    const last = current.at(-1);
    if (last && endsSentence(last.shown)) {
      cues.push(current);
      current = [];
    }
    if (current.length > 0 && !fits([...current, word])) {
      const at = bestBreak(current);
      cues.push(current.slice(0, at));
      current = current.slice(at);
      if (!fits([...current, word])) {
        cues.push(current);
        current = [];
      }
    }
    current.push(word);
  }
  return current.length > 0 ? [...cues, current] : cues;
}

function fits(words: readonly TimedWord[]): boolean {
  const length = (words.at(-1)?.end ?? 0) - (words[0]?.start ?? 0);
  return length <= MAX_SECONDS && breakLines(words) !== undefined;
}

/** How many words to show: up to the last comma or the like, if that is not too soon; else all of them. */
function bestBreak(words: readonly TimedWord[]): number {
  for (let at = words.length; at > words.length / 2; at--) {
    if (endsClause(words[at - 1]?.shown ?? '')) return at;
  }
  return words.length;
}

function toCue(words: readonly TimedWord[]): Cue {
  const [start, end] = [words[0]?.start ?? 0, words.at(-1)?.end ?? 0];
  return { start, end, lines: breakLines(words) ?? [written(words)] };
}

/** The words in one line, or in two as even as can be; undefined when they are too long for that. */
function breakLines(words: readonly TimedWord[]): string[] | undefined {
  const widths = words.map(({ shown }) => width(shown));
  const space = (at: number): number => (words[at]?.spaced && at > 0 ? 1 : 0);
  const all = widths.reduce((sum, one, at) => sum + one + space(at), 0);
  if (all <= LINE_WIDTH) return [written(words)];
  let best: number | undefined;
  let difference = Number.POSITIVE_INFINITY;
  let first = 0;
  for (let at = 1; at < words.length; at++) {
    first += (widths[at - 1] ?? 0) + space(at - 1);
    const second = all - first - space(at);
    if (Math.max(first, second) > LINE_WIDTH || Math.abs(first - second) >= difference) continue;
    best = at;
    difference = Math.abs(first - second);
  }
  return best === undefined ? undefined : [written(words.slice(0, best)), written(words.slice(best))];
}

function written(words: readonly TimedWord[]): string {
  return words.map(({ shown, spaced }, index) => (spaced && index > 0 ? ` ${shown}` : shown)).join('');
}

/** Chinese, Japanese and Korean characters are twice as wide as others. */
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303F\uFF01-\uFF60]/gu;

function width(text: string): number {
  let characters = 0;
  for (const _ of text) characters++;
  return characters + (text.match(wide)?.length ?? 0);
}

/** A word that is longer than a line, for example an address, in pieces that are not. */
function narrow(word: TimedWord): TimedWord[] {
  if (width(word.shown) <= LINE_WIDTH) return [word];
  const characters = [...word.shown];
  const size = LINE_WIDTH / 2; // also of wide ones
  const count = Math.ceil(characters.length / size);
  const each = (word.end - word.start) / count;
  return Array.from({ length: count }, (_, index) => ({
    word: word.word,
    shown: characters.slice(index * size, (index + 1) * size).join(''),
    spaced: index === 0 && word.spaced,
    estimated: true,
    start: word.start + index * each,
    end: word.start + (index + 1) * each,
  }));
}
