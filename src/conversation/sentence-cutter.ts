import { findWholeSpans, nextBoundary } from '../speech/segment/sentences.ts';
import { chooseCut } from '../speech/segment/shorten.ts';
import type { Pause } from '../speech/segment/span.ts';
import { isSpeakable } from '../speech/speakable.ts';

/** A piece of what a model writes that is spoken on its own. */
export interface CutSentence {
  /** With the space before it: all pieces together are what was written. */
  readonly text: string;
  readonly pause: Exclude<Pause, 'none'>;
}

/** Characters from which the first fragment, and every sentence after it, is spoken on its own. */
const MIN_FIRST = 10;
const MIN_SENTENCE = 15;
/**
 * Characters, about two and a half seconds of speech, up to which clauses are spoken on their own: after a first fragment of two words
 * a whole sentence, which is still to be written, would come too late.
 */
const HURRIED = 40;
/** A sentence that goes on is cut where it may be, in parts of about half of it. */
const MAX_SENTENCE = 400;
/** Marks that end a fragment: with space behind them, or without in scripts that have none. */
const fragmentMarks = /[;:,)\]}…–—-](?=\s)|[，、；：）」』】。]/g;

/**
 * Cuts text that is still being written into pieces to speak: clauses at its beginning, so that something is heard early and goes
 * on; then whole sentences.
 */
export class SentenceCutter {
  #text = '';
  /** Characters that were cut off so far. */
  #taken = 0;

  /** The pieces that became whole with `text`. */
  push(text: string): CutSentence[] {
    this.#text += text;
    const pieces: CutSentence[] = [];
    for (let cut = this.#findCut(); cut; cut = this.#findCut()) pieces.push(this.#take(cut.at, cut.pause));
    return pieces;
  }

  /** What is left, whole or not; nothing where it says nothing. */
  end(): CutSentence[] {
    const rest = this.#text;
    return isSpeakable(rest) ? [this.#take(rest.length, 'sentence')] : [];
  }

  #take(at: number, pause: CutSentence['pause']): CutSentence {
    const text = this.#text.slice(0, at);
    this.#text = this.#text.slice(at);
    this.#taken += at;
    return { text, pause };
  }

  #findCut(): { readonly at: number; readonly pause: CutSentence['pause'] } | undefined {
    const text = this.#text;
    const least = text.length - text.trimStart().length + (this.#taken === 0 ? MIN_FIRST : MIN_SENTENCE);
    if (text.length < least) return undefined;
    const context = { text, language: 'en', isInside: findWholeSpans(text) };
    const sentence = endOfSentence(context, least);
    const fragment = this.#taken < HURRIED ? endOfFragment(context, least) : undefined;
    if (fragment !== undefined && fragment < (sentence ?? text.length)) {
      return { at: fragment, pause: 'clause' };
    }
    if (sentence !== undefined) return { at: sentence, pause: 'sentence' };
    if (text.length <= MAX_SENTENCE || !isSpeakable(text)) return undefined;
    const span = { start: 0, end: text.length, pause: 'none' } as const;
    return { at: chooseCut(context, span, MAX_SENTENCE / 2).at, pause: 'clause' };
  }
}

type Context = Parameters<typeof nextBoundary>[0];

/** The end of the first sentence that reaches `least` and says something. */
function endOfSentence(context: Context, least: number): number | undefined {
  const { text } = context;
  for (let start = 0, from = 0; from < text.length; ) {
    const found = nextBoundary(context, start, from);
    if (typeof found === 'number') {
      from = found;
    } else {
      if (found.end >= least && isSpeakable(text.slice(0, found.end))) return found.end;
      start = found.at;
      from = found.at;
    }
  }
  return undefined;
}

function endOfFragment({ text, isInside }: Context, least: number): number | undefined {
  for (const { index } of text.matchAll(fragmentMarks)) {
    const end = index + 1;
    if (end >= least && !isInside(end) && isSpeakable(text.slice(0, end))) return end;
  }
  return undefined;
}
