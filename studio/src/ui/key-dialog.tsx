import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { keyWanted, takeKey } from '../api/server.ts';
import { t } from '../i18n/i18n.ts';
import { Button, Field, Problem } from './controls.tsx';
import { Dialog } from './dialog.tsx';

/** Asks for the key when the server did. */
export function KeyDialog(): JSX.Element | null {
  const [key, setKey] = useState('');
  if (keyWanted.value === 'none') return null;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (key.trim() !== '') takeKey(key);
    setKey('');
  };
  const close = (): void => {
    keyWanted.value = 'none';
  };
  return (
    <Dialog title={t('keyTitle')} onClose={close}>
      <form onSubmit={submit}>
        <Problem text={keyWanted.value === 'wrong' ? t('keyWrong') : ''} />
        <Field label={t('keyLabel')} help={t('keyHelp')}>
          {(id, help) => (
            <input
              id={id}
              type="password"
              autocomplete="off"
              spellcheck={false}
              maxLength={512}
              aria-describedby={help}
              value={key}
              onInput={({ currentTarget }) => setKey(currentTarget.value)}
            />
          )}
        </Field>
        <Button kind="main" type="submit">
          {t('keyUse')}
        </Button>
      </form>
    </Dialog>
  );
}
