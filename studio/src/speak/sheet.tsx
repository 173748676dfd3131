import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { explain } from '../i18n/failures.ts';
import { number, t } from '../i18n/i18n.ts';
import { readTextFile } from '../text/file.ts';
import { Button, Problem } from '../ui/controls.tsx';
import { dropTarget, FileButton } from '../ui/files.tsx';
import { ReadAlong } from './read-along.tsx';
import { current, leave, speak } from './session.ts';
import { asked, isBook, selected, text } from './store.ts';

const MAX_WORD = 100;

/** The paper: where one writes, and reads along. */
export function Sheet(): JSX.Element {
  const problem = useSignal('');
  const speech = current.value;
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
      {speech ? <ReadAlong speech={speech} /> : <Editor />}
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

function Editor(): JSX.Element {
  const select = ({ currentTarget: area }: { currentTarget: HTMLTextAreaElement }): void => {
    const word = area.value.slice(area.selectionStart, area.selectionEnd).trim();
    selected.value = word.length <= MAX_WORD && !word.includes('\n') ? word : '';
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (text.value.trim() !== '' && !isBook.value) speak(text.value, asked.value);
  };
  return (
    <textarea
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
