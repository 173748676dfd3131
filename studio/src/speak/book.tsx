import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { clock, number, t } from '../i18n/i18n.ts';
import { Button, Problem } from '../ui/controls.tsx';
import { nameOf, saveFile } from '../ui/save.ts';
import { BookMaker } from './book-maker.ts';
import { asked, text } from './store.ts';

const CHARACTERS_PER_SECOND = 16;

/** That which was begun last: it works on while somebody looks at another tab, and what it made is there if its text comes back. */
let begun: BookMaker | undefined;
text.subscribe((content) => {
  if (begun && begun.text !== content) begun.pause();
});
let isSaved = false;
/** What took an hour to make is not to be lost by a slip: the browser asks. */
addEventListener('beforeunload', (event) => {
  if (begun && begun.done.value > 0 && !isSaved) event.preventDefault();
});

/** A text that is too long to wait for: it becomes a file, part by part. */
export function Book(): JSX.Element {
  const content = text.value;
  const fresh = useMemo(() => new BookMaker(content), [content]);
  const maker = begun?.text === content ? begun : fresh;
  const state = maker.state.value;
  const work = (): void => {
    begun = maker;
    isSaved = false;
    void maker.work(asked.value);
  };
  const save = (): void => {
    isSaved = true;
    saveFile(maker.file(), nameOf(content, 'mp3'));
  };
  return (
    <section class="book" aria-label={t('bookTitle')}>
      <p>
        {t('bookHelp', {
          count: number(maker.characters),
          time: clock(maker.characters / CHARACTERS_PER_SECOND / asked.value.speed),
          chapters: number(maker.chapters.length),
        })}
      </p>
      {state !== 'ready' && <Progress maker={maker} />}
      <Problem text={maker.failure.value} />
      <div class="row">
        {state === 'ready' && (
          <Button kind="main" icon="play" onClick={work}>
            {t('bookStart')}
          </Button>
        )}
        {state === 'working' && (
          <Button icon="pause" onClick={() => maker.pause()}>
            {t('bookPause')}
          </Button>
        )}
        {state === 'paused' && (
          <Button kind="main" icon="play" onClick={work}>
            {t('bookResume')}
          </Button>
        )}
        {state === 'done' && (
          <Button kind="main" icon="download" onClick={save}>
            {t('bookSave')}
          </Button>
        )}
        {maker.seconds.value > 0 && <Listen maker={maker} />}
      </div>
    </section>
  );
}

function Progress({ maker }: { readonly maker: BookMaker }): JSX.Element {
  const { left } = maker;
  const isDone = maker.state.value === 'done';
  const part = t('bookPart', { index: number(maker.chapter + 1), count: number(maker.chapters.length) });
  return (
    <div class="progress">
      <progress value={maker.done.value} max={maker.characters} aria-label={t('bookTitle')} />
      <p class="help">
        {isDone ? t('bookDone', { time: clock(maker.seconds.value) }) : part}
        {!isDone && left !== undefined && <span>{t('bookLeft', { time: clock(left) })}</span>}
      </p>
    </div>
  );
}

function Listen({ maker }: { readonly maker: BookMaker }): JSX.Element {
  const address = useSignal<string | undefined>(undefined);
  useEffect(() => () => address.value && URL.revokeObjectURL(address.value), [address.value]);
  if (address.value === undefined) {
    return (
      <Button kind="quiet" onClick={() => (address.value = URL.createObjectURL(maker.file()))}>
        {t('bookListen')}
      </Button>
    );
  }
  return (
    <audio controls autoplay src={address.value}>
      <track kind="captions" />
    </audio>
  );
}
