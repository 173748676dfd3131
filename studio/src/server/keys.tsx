import { signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { deleteKey, type Key, listKeys, type Month, readUsage, rights } from '../api/admin.ts';
import { apiKey, takeKey } from '../api/server.ts';
import { explain } from '../i18n/failures.ts';
import { t } from '../i18n/i18n.ts';
import { Button, Problem } from '../ui/controls.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { KeyForm } from './key-form.tsx';
import { KeyTable } from './key-table.tsx';

type Shown = { readonly what: 'form' | 'delete'; readonly key?: Key | undefined } | undefined;

/** A key that was just made, until somebody says that he has it: whatever else happens on the page. */
const madeKey = signal<string | undefined>(undefined);

/** Who may enter, with their limits and what they used this month. */
export function Keys(): JSX.Element {
  const { keys, usage, problem, attempt, load } = useKeys();
  const shown = useSignal<Shown>(undefined);
  const canChange = rights.value.changes_keys;
  const show = (what: 'form' | 'delete') => (key?: Key) => {
    shown.value = { what, key };
  };
  return (
    <section class="keys">
      <div class="section-head">
        <h2>{t('keysHeading')}</h2>
        {canChange && <Button onClick={() => show('form')()}>{t('keyNew')}</Button>}
      </div>
      <Problem text={problem} />
      {keys.length === 0 ? (
        <p class="help">{t(canChange ? 'keysNone' : 'keysNoneHere')}</p>
      ) : (
        <KeyTable
          keys={keys}
          usage={usage}
          onEdit={canChange ? show('form') : undefined}
          onDelete={canChange ? show('delete') : undefined}
        />
      )}
      {shown.value && (
        <KeyDialogs
          shown={shown.value}
          isFirst={keys.length === 0 && apiKey.value === ''}
          attempt={attempt}
          load={load}
          onClose={() => (shown.value = undefined)}
        />
      )}
    </section>
  );
}

function useKeys() {
  const keys = useSignal<readonly Key[]>([]);
  const usage = useSignal<ReadonlyMap<string, Month>>(new Map());
  const problem = useSignal('');
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    problem.value = '';
    await work().catch((error: unknown) => {
      problem.value = explain(error);
    });
  };
  const load = async (): Promise<void> => {
    const [all, used] = await Promise.all([listKeys(), readUsage()]);
    keys.value = all;
    usage.value = new Map(used.flatMap(({ key, months: [month] }) => (month ? [[key, month] as const] : [])));
  };
  useEffect(() => void attempt(load), []);
  return { keys: keys.value, usage: usage.value, problem: problem.value, attempt, load };
}

interface KeyDialogsProps {
  readonly shown: NonNullable<Shown>;
  readonly isFirst: boolean;
  readonly attempt: (work: () => Promise<void>) => Promise<void>;
  readonly load: () => Promise<void>;
  readonly onClose: () => void;
}

function KeyDialogs({ shown, isFirst, attempt, load, onClose }: KeyDialogsProps): JSX.Element {
  const { what, key } = shown;
  /** The first key shuts out whoever has none, this page too: it enters by the one that it made. */
  const made = (secret: string): void => {
    madeKey.value = secret;
    if (isFirst) takeKey(secret);
    else void attempt(load);
  };
  const withdraw = async (name: string): Promise<void> => {
    await deleteKey(name);
    await load();
  };
  if (what === 'delete' && key)
    return (
      <Withdraw name={key.name} onClose={onClose} onSure={(name) => void attempt(() => withdraw(name))} />
    );
  return (
    <KeyForm
      editing={key}
      isFirst={isFirst}
      onMade={made}
      onChanged={() => void attempt(load)}
      onClose={onClose}
    />
  );
}

interface WithdrawProps {
  readonly name: string;
  readonly onSure: (name: string) => void;
  readonly onClose: () => void;
}

function Withdraw({ name, onSure, onClose }: WithdrawProps): JSX.Element {
  const sure = (): void => {
    onClose();
    onSure(name);
  };
  return (
    <Dialog title={t('keyWithdraw')} onClose={onClose}>
      <p>{t('keyWithdrawSure', { name })}</p>
      <div class="row end">
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button kind="danger" onClick={sure}>
          {t('keyWithdraw')}
        </Button>
      </div>
    </Dialog>
  );
}

/** The only time that a key is seen. */
export function MadeKey(): JSX.Element | null {
  const secret = madeKey.value;
  if (secret === undefined) return null;
  const close = (): void => {
    madeKey.value = undefined;
  };
  return (
    <Dialog title={t('keyMade')} onClose={close}>
      <p>{t('keyMadeHelp')}</p>
      <div class="secret">
        <code>{secret}</code>
      </div>
      <div class="row end">
        <CopyButton text={secret} isWide />
        <Button kind="main" onClick={close}>
          {t('keyMadeDone')}
        </Button>
      </div>
    </Dialog>
  );
}
