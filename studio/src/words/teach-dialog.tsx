import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { playText } from '../audio/sample.ts';
import { explain } from '../i18n/failures.ts';
import { t } from '../i18n/i18n.ts';
import { asked } from '../speak/store.ts';
import { Button, Field, Problem } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { taught, teach, undo } from './store.ts';

interface TeachDialogProps {
  readonly first: string;
  readonly onClose: () => void;
}

/** How a word is said. To be heard it has to be taught: what was only tried is forgotten again. */
export function TeachDialog({ first, onClose }: TeachDialogProps): JSX.Element {
  const word = useSignal(first);
  const sound = useSignal('');
  const isIpa = useSignal(false);
  const problem = useSignal('');
  const before = useSignal(taught.value).value;
  const isReady = word.value.trim() !== '' && sound.value.trim() !== '';
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    problem.value = '';
    await work().catch((error: unknown) => {
      problem.value = explain(error);
    });
  };
  const save = (): Promise<void> =>
    teach(word.value.trim(), isIpa.value ? { ipa: sound.value } : { alias: sound.value });
  const hear = (): Promise<void> =>
    attempt(async () => {
      if (isIpa.value) await save();
      await playText('word', isIpa.value ? word.value : sound.value, asked.value);
    });
  const cancel = (): void => {
    void undo(before).catch(() => {});
    onClose();
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void attempt(async () => {
      await save();
      onClose();
    });
  };
  return (
    <Dialog title={t('teach')} onClose={cancel}>
      <form onSubmit={submit}>
        <WordFields word={word} sound={sound} isIpa={isIpa} />
        <Problem text={problem.value} />
        <div class="row end">
          <Button icon="play" disabled={!isReady} onClick={hear}>
            {t('hear')}
          </Button>
          <Button kind="main" type="submit" disabled={!isReady}>
            {t('save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface WordFieldsProps {
  readonly word: Signal<string>;
  readonly sound: Signal<string>;
  readonly isIpa: Signal<boolean>;
}

function WordFields({ word, sound, isIpa }: WordFieldsProps): JSX.Element {
  return (
    <>
      <Field label={t('word')}>
        {(id) => (
          <input
            id={id}
            maxLength={100}
            value={word.value}
            onInput={({ currentTarget }) => {
              word.value = currentTarget.value;
            }}
          />
        )}
      </Field>
      <Field label={t('soundsLike')} help={t('soundsLikeHelp')}>
        {(id, help) => (
          <input
            id={id}
            maxLength={200}
            aria-describedby={help}
            value={sound.value}
            onInput={({ currentTarget }) => {
              sound.value = currentTarget.value;
            }}
          />
        )}
      </Field>
      <label class="check">
        <input type="checkbox" checked={isIpa.value} onChange={() => (isIpa.value = !isIpa.value)} />
        {t('inIpa')}
      </label>
    </>
  );
}
