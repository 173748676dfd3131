import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { RATE } from '../api/speech.ts';
import { t } from '../i18n/i18n.ts';
import { type HeardWord, wordAt } from '../text/follow.ts';
import { useFrames } from './clock.ts';
import type { Speech } from './session.ts';
import { selectWord } from './store.ts';

/** The text as it is heard: the word of the moment is marked, and a click on a word plays from there. */
export function ReadAlong({ speech }: { readonly speech: Speech }): JSX.Element {
  const box = useRef<HTMLElement>(null);
  const words = speech.words.value;
  const read = useCallback(() => wordAt(speech.words.value, speech.player.position() / RATE), [speech]);
  const now = useFrames(read, speech.isPlaying.value);
  useEffect(() => {
    const page = box.current;
    page?.querySelector('[data-now]')?.removeAttribute('data-now');
    const word = page?.querySelector<HTMLElement>(`[data-word="${now}"]`);
    if (!page || !word) return;
    word.setAttribute('data-now', '');
    const [top, bottom] = [
      word.offsetTop - page.scrollTop,
      word.offsetTop + word.offsetHeight - page.scrollTop,
    ];
    if (top < 0 || bottom > page.clientHeight) page.scrollTo({ top: word.offsetTop - page.clientHeight / 3 });
  }, [now, words]);
  useEffect(() => {
    const page = box.current; // for the mouse alone: the waveform is what keys seek in
    const isInside = (node: Node | null): boolean => page?.contains(node) === true;
    const onSelect = (): void => {
      const selection = getSelection();
      if (selection && isInside(selection.anchorNode)) selectWord(selection.toString());
    };
    const onClick = ({ target }: Event): void => {
      if (getSelection()?.isCollapsed === false) return; // to teach it, not to hear it
      const word = speech.words.value[Number((target as HTMLElement).dataset.word ?? Number.NaN)];
      if (word) speech.seek(word.start);
    };
    if (page) page.tabIndex = 0; // so that keys scroll it
    page?.addEventListener('click', onClick);
    document.addEventListener('selectionchange', onSelect);
    return () => {
      page?.removeEventListener('click', onClick);
      document.removeEventListener('selectionchange', onSelect);
    };
  }, [speech]);
  return (
    <section class="read-along" ref={box} aria-label={t('textLabel')}>
      <Marked text={speech.text} words={words} />
    </section>
  );
}

/** Drawn when new words are known, not with each frame. */
const Marked = memo(({ text, words }: { readonly text: string; readonly words: readonly HeardWord[] }) => {
  const parts: (string | JSX.Element)[] = [];
  let at = 0;
  for (const [index, { from, to }] of words.entries()) {
    if (from > at) parts.push(text.slice(at, from));
    parts.push(
      <span key={index} data-word={index}>
        {text.slice(from, to)}
      </span>,
    );
    at = to;
  }
  return (
    <>
      {parts}
      <span class="to-come">{text.slice(at)}</span>
    </>
  );
});
