import type { Engine, PcmStream, Policy, SpokenWord } from '../../core/engine.ts';
import { resolveVoice } from '../../core/voices.ts';
import { alignWords } from '../../speech/captions/align-words.ts';
import { withPronunciations } from '../../speech/pronounce.ts';
import { respelled } from '../../speech/respell.ts';
import { isSpeakable } from '../../speech/speakable.ts';
import { findWords } from '../../speech/words.ts';
import { pullStream } from '../../stream/pull.ts';
import { decorate } from './opening.ts';

export interface PronouncedOptions {
  /** The engine reads letters only: words whose sounds are given are written as they sound. */
  readonly spellsSounds?: boolean | undefined;
}

type Words = NonNullable<PcmStream['words']>;

/** Says words as they were taught. Inside of the segments, so that captions show what the client wrote. */
export function pronounced({ spellsSounds = false }: PronouncedOptions = {}): Policy {
  return (inner) =>
    decorate(inner, async function pronouncedOpen(written, signal) {
      const said = withPronunciations(written);
      const { phonemeOverrides = [] } = said;
      const respell = (text: string): string => respelled(text, phonemeOverrides);
      const isSpelt = spellsSounds && phonemeOverrides.length > 0;
      const spelt = isSpelt ? { ...said, text: respell(said.text), phonemeOverrides: undefined } : said;
      const stream = await inner.open(spelt, signal);
      const told = retold(stream, said.text, spelt.text, respell);
      return retold(
        told,
        written.text,
        said.text,
        (word) => withPronunciations({ ...written, text: word }).text,
      );
    });
}

/**
 * `stream`, which says `spoken` where `written` was asked for: the times of its words are told as those of what was written.
 *
 * @param respell what becomes of one word alone
 */
function retold(
  stream: PcmStream,
  written: string,
  spoken: string,
  respell: (word: string) => string,
): PcmStream {
  if (!stream.words || written === spoken) return stream;
  return { ...stream, words: asWritten(stream.words, written, spoken, respell) };
}

/** A word that became several lasts as long as they do; where it is not known which became which, or when, there is none. */
function asWritten(words: Words, written: string, spoken: string, respell: (word: string) => string): Words {
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

const RATE = 24_000;
/** A breath: what a listener hears of a sentence that is an ellipsis. */
const SILENCE_MS = 250;

/**
 * Text of signs alone. Voice agents send such "sentences" ("...", an emoji), engines fail at them, and a client that got an
 * error would drop its turn. What has a name is said ("&" is "and"), the rest is a breath of silence.
 */
export function signs(): Policy {
  return (inner) =>
    decorate(inner, async function signsOpen(request, signal) {
      if (request.more || isSpeakable(request.text)) return inner.open(request, signal);
      const { normalize } = await import('../../speech/normalize/english.ts'); // a start does not load it: such texts are few
      const named = normalize(request.text, 'en');
      if (isSpeakable(named)) return inner.open({ ...request, text: named }, signal);
      if (request.voice !== undefined) resolveVoice(request.voice, await inner.voices());
      return silence(inner);
    });
}

function silence({ id }: Engine): PcmStream {
  const length = (RATE * SILENCE_MS * 2) / 1000;
  const body = pullStream(async function* () {
    yield new Uint8Array(length);
  });
  return { rate: RATE, channels: 1, engine: id, length, body };
}
