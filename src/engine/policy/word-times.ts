import { alignWords } from '../../speech/align-words.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import { findWords } from '../../speech/words.ts';
import type { Engine, PcmStream, SpokenWord } from '../engine.ts';

type Words = NonNullable<PcmStream['words']>;

/** `words` after the audio was changed: `place` says where a frame of it is now. */
export function moved(words: Words | undefined, place: (frame: number) => number): Words {
  return () =>
    (words?.() ?? []).map(({ index, start, end }) => ({ index, start: place(start), end: place(end) }));
}

/**
 * Opens `spoken` where `written` was asked for, which says the same in other words: their times are told as those of what was
 * written.
 *
 * @param respell what becomes of one word alone
 */
export async function openRespelt(
  inner: Engine,
  {
    written,
    spoken,
    respell,
  }: { written: SpeechRequest; spoken: SpeechRequest; respell: (word: string) => string },
  signal: AbortSignal,
): Promise<PcmStream> {
  const stream = await inner.open(spoken, signal);
  if (!stream.words || written.text === spoken.text) return stream;
  return {
    ...stream,
    words: asWritten(stream.words, { written: written.text, spoken: spoken.text, respell }),
  };
}

/** A word that became several lasts as long as they do; where it is not known which became which, or when, there is none. */
function asWritten(
  words: Words,
  { written, spoken, respell }: { written: string; spoken: string; respell: (word: string) => string },
): Words {
  const wanted = findWords(written);
  const ranges = alignWords(
    wanted.map(({ word }) => word),
    findWords(spoken).map(({ word }) => word),
    (index) => findWords(respell(wanted[index]?.word ?? '')).map(({ word }) => word),
  );
  return () => {
    const known = new Map(words().map((word) => [word.index, word]));
    return ranges.flatMap((range, index): SpokenWord[] => {
      const [first, last] = [known.get(range?.first ?? -1), known.get(range?.last ?? -1)];
      return first && last ? [{ index, start: first.start, end: last.end }] : [];
    });
  };
}
