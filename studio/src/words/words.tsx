import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { apiKey } from '../api/server.ts';
import { explain } from '../i18n/failures.ts';
import { t } from '../i18n/i18n.ts';
import { selected } from '../speak/store.ts';
import { Button, IconButton, Problem } from '../ui/controls.tsx';
import { forget, loadTaught, type Taught, taught } from './store.ts';
import { TeachDialog } from './teach-dialog.tsx';

/** The words that the server was taught. */
export function Words(): JSX.Element {
  const teaching = useSignal<string | undefined>(undefined);
  const problem = useSignal('');
  const key = apiKey.value;
  useEffect(() => {
    if (key !== '' || taught.peek().length === 0) loadTaught().catch(() => {}); // the next request says what is wrong
  }, [key]);
  const drop = (entry: Taught): void => {
    forget(entry).catch((error: unknown) => {
      problem.value = explain(error);
    });
  };
  const word = selected.value;
  return (
    <details class="panel" open={word !== '' || undefined}>
      <summary>
        {t('words')}
        {taught.value.length > 0 && <span class="badge">{taught.value.length}</span>}
      </summary>
      <p class="help">{t('wordsHelp')}</p>
      <ul class="list taught">
        {taught.value.map((entry) => (
          <li key={entry.id}>
            <span>
              <b>{entry.word}</b> {entry.alias ?? `/${entry.ipa}/`}
            </span>
            <IconButton
              icon="close"
              label={t('wordRemove', { word: entry.word })}
              onClick={() => drop(entry)}
            />
          </li>
        ))}
      </ul>
      <Problem text={problem.value} />
      <Button icon="speak" onClick={() => (teaching.value = word)}>
        {word === '' ? t('teach') : t('teachThis', { word })}
      </Button>
      {teaching.value !== undefined && (
        <TeachDialog first={teaching.value} onClose={() => (teaching.value = undefined)} />
      )}
    </details>
  );
}
