import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { addKey, changeKey, type Key, type NewKey } from '../api/admin.ts';
import { explain } from '../i18n/failures.ts';
import { t } from '../i18n/i18n.ts';
import { Button, Field, Problem } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';

interface KeyFormProps {
  /** Undefined: a new one. */
  readonly editing: Key | undefined;
  /** From it on everybody needs one. */
  readonly isFirst: boolean;
  readonly onMade: (secret: string) => void;
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

const MAX_RATE = 1_000_000_000;

export function KeyForm({ editing, isFirst, onMade, onChanged, onClose }: KeyFormProps): JSX.Element {
  const problem = useSignal('');
  const isBusy = useSignal(false);
  const submit = async (form: HTMLFormElement): Promise<void> => {
    if (isBusy.value) return;
    isBusy.value = true;
    problem.value = '';
    try {
      const key = keyIn(new FormData(form), editing?.name);
      if (editing) await changeKey(key);
      else onMade(await addKey(key));
      if (editing) onChanged();
      onClose();
    } catch (error) {
      problem.value = explain(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <Dialog title={editing ? editing.name : t('keyNew')} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        {isFirst && <p class="help">{t('keyFirst')}</p>}
        {!editing && (
          <Field label={t('keyName')} help={t('keyNameHelp')}>
            {(id, help) => (
              <input
                id={id}
                name="name"
                maxLength={64}
                pattern="[\w.@\-]{1,64}"
                required
                aria-describedby={help}
              />
            )}
          </Field>
        )}
        <Limits editing={editing} />
        <label class="check">
          <input type="checkbox" name="admin" defaultChecked={editing?.admin ?? isFirst} />
          {t('keyMayAdminister')}
        </label>
        <Problem text={problem.value} />
        <div class="row end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="main" type="submit" disabled={isBusy.value}>
            {t(editing ? 'save' : 'keyMake')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Limits({ editing }: { readonly editing: Key | undefined }): JSX.Element {
  const limit = { type: 'number' as const, min: 0, max: MAX_RATE, step: 1, placeholder: t('keyLimitUsual') };
  return (
    <>
      <div class="pair">
        <Field label={t('keyRate')}>
          {(id) => <input id={id} name="rate" {...limit} defaultValue={editing?.rate ?? ''} />}
        </Field>
        <Field label={t('keyCharacters')}>
          {(id) => <input id={id} name="characters" {...limit} defaultValue={editing?.characters ?? ''} />}
        </Field>
      </div>
      <p class="help">{t('keyLimitHelp')}</p>
      <Field label={t('keyExpires')}>
        {(id) => (
          <input id={id} name="expires" type="date" defaultValue={editing?.expires?.slice(0, 10) ?? ''} />
        )}
      </Field>
    </>
  );
}

function keyIn(form: FormData, name: string | undefined): NewKey {
  const text = (field: string): string => String(form.get(field) ?? '').trim();
  const numberIn = (field: string): number | null => (text(field) === '' ? null : Number(text(field)));
  return {
    name: name ?? text('name'),
    rate: numberIn('rate'),
    characters: numberIn('characters'),
    admin: form.get('admin') !== null,
    expires: text('expires') || null,
  };
}
