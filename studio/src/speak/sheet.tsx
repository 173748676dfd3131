import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { explain } from '../i18n/failures.ts';
import { number, t } from '../i18n/i18n.ts';
import { readTextFile } from '../text/file.ts';
import { Button, Problem } from '../ui/controls.tsx';
import { dropTarget, FileButton } from '../ui/files.tsx';
import { ReadAlong } from './read-along.tsx';
import { current, leave, speak } from './session.ts';
import { asked, isBook, selectWord, text } from './store.ts';

type Selected = { readonly currentTarget: HTMLTextAreaElement };

/** The paper: where one writes, and reads along. */
export function Sheet(): JSX.Element {
  const problem = useSignal('');
  const speech = current.value;
  const wasReading = useRef(false);
  useEffect(() => {
    wasReading.current = speech !== undefined;
  }, [speech]);
  const open = async (file: File): Promise<void> => {
    try {
      const content = await readTextFile(file);
      leave();
      text.value = content;
      problem.value = '';
    } catch (error) {
      problem.value = error instanceof Error && error.name === 'FileProblem' ? error.message : explain(error);
    }
  };
  return (
    <div class="sheet" {...dropTarget(open)}>
      {speech ? <ReadAlong speech={speech} /> : <Editor takesFocus={wasReading.current} />}
      <Problem text={problem.value} />
      <footer>
        <span class="count">{t('characters', { count: number(text.value.length) })}</span>
        {speech ? (
          <Button kind="quiet" icon="edit" onClick={leave}>
            {t('edit')}
          </Button>
        ) : (
          <>
            <FileButton kind="quiet" accept=".txt,.md,.epub" onFile={open}>
              {t('open')}
            </FileButton>
            {text.value !== '' && (
              <Button kind="quiet" onClick={() => (text.value = '')}>
                {t('clear')}
              </Button>
            )}
          </>
        )}
      </footer>
    </div>
  );
}

function Editor({ takesFocus }: { readonly takesFocus: boolean }): JSX.Element {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (takesFocus) area.current?.focus(); // the button that led here is gone
  }, [takesFocus]);
  const select = ({ currentTarget: { value, selectionStart, selectionEnd } }: Selected): void =>
    selectWord(value.slice(selectionStart, selectionEnd));
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (text.value.trim() !== '' && !isBook.value) speak(text.value, asked.value);
  };
  return (
    <textarea
      ref={area}
      aria-label={t('textLabel')}
      placeholder={t('textPlaceholder')}
      value={text.value}
      onInput={({ currentTarget }) => {
        text.value = currentTarget.value;
      }}
      onSelect={select}
      onKeyDown={onKey}
    />
  );
}
