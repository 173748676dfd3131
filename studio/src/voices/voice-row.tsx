import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { playing, playSample, playText, stopSample } from '../audio/sample.ts';
import { explain } from '../i18n/failures.ts';
import { language, t } from '../i18n/i18n.ts';
import { voice as chosen } from '../speak/store.ts';
import { Button, Field, IconButton, Problem } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import {
  deleteVoice,
  isLanguage,
  isOwn,
  languageName,
  recordingOf,
  renameVoice,
  type Voice,
} from './list.ts';

export function VoiceRow({ voice }: { readonly voice: Voice }): JSX.Element {
  const id = useId();
  const problem = useSignal('');
  const dialog = useSignal<'rename' | 'delete' | undefined>(undefined);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    problem.value = '';
    await work().catch((error: unknown) => {
      problem.value = explain(error);
    });
  };
  const isPlaying = playing.value === voice.id;
  const hear = (): Promise<void> =>
    attempt(() => playText(voice.id, t('voiceSample'), { voice: voice.id, speed: 1 }));
  const use = (): void => {
    chosen.value = voice.id;
    location.hash = '#/speak';
  };
  return (
    <li>
      <IconButton
        icon={isPlaying ? 'stop' : 'play'}
        label={`${t(isPlaying ? 'stop' : 'voiceHear')}: ${voice.name}`}
        onClick={isPlaying ? stopSample : hear}
      />
      <div class="about">
        <b id={id}>{voice.name}</b>
        <span>{aboutOf(voice)}</span>
      </div>
      <div class="row actions">
        {isOwn(voice) && (
          <OwnActions voice={voice} nameId={id} attempt={attempt} onAsk={(what) => (dialog.value = what)} />
        )}
        <Button aria-label={`${t('voiceUse')}: ${voice.name}`} onClick={use}>
          {t('voiceUse')}
        </Button>
      </div>
      <Problem text={problem.value} />
      {dialog.value === 'rename' && (
        <Rename voice={voice} attempt={attempt} onClose={() => (dialog.value = undefined)} />
      )}
      {dialog.value === 'delete' && (
        <Delete voice={voice} attempt={attempt} onClose={() => (dialog.value = undefined)} />
      )}
    </li>
  );
}

interface OwnProps {
  readonly voice: Voice;
  readonly attempt: (work: () => Promise<void>) => Promise<void>;
}

interface OwnActionsProps {
  /** Of the element with the voice's name: several voices have such buttons. */
  readonly nameId: string;
  readonly onAsk: (what: 'rename' | 'delete') => void;
}

function OwnActions({ voice, nameId, attempt, onAsk }: OwnProps & OwnActionsProps): JSX.Element {
  const hear = (): Promise<void> => attempt(() => playSample('recording', () => recordingOf(voice)));
  return (
    <>
      <Button kind="quiet" aria-describedby={nameId} onClick={hear}>
        {t('voiceOriginal')}
      </Button>
      <Button kind="quiet" aria-describedby={nameId} onClick={() => onAsk('rename')}>
        {t('rename')}
      </Button>
      <Button kind="quiet" aria-describedby={nameId} onClick={() => onAsk('delete')}>
        {t('remove')}
      </Button>
    </>
  );
}

type DialogProps = OwnProps & { readonly onClose: () => void };

function Delete({ voice, attempt, onClose }: DialogProps): JSX.Element {
  return (
    <Dialog title={t('remove')} onClose={onClose}>
      <p>{t('voiceDeleteSure', { name: voice.name })}</p>
      <div class="row end">
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button kind="danger" onClick={() => attempt(() => deleteVoice(voice))}>
          {t('remove')}
        </Button>
      </div>
    </Dialog>
  );
}

function Rename({ voice, attempt, onClose }: DialogProps): JSX.Element {
  const name = useSignal(voice.name);
  const submit = (event: Event): void => {
    event.preventDefault();
    void attempt(() => renameVoice(voice, name.value.trim())).then(onClose);
  };
  return (
    <Dialog title={t('rename')} onClose={onClose}>
      <form onSubmit={submit}>
        <Field label={t('voiceRenameTo')}>
          {(id) => (
            <input
              id={id}
              maxLength={100}
              required
              value={name.value}
              onInput={({ currentTarget }) => {
                name.value = currentTarget.value;
              }}
            />
          )}
        </Field>
        <Button kind="main" type="submit">
          {t('save')}
        </Button>
      </form>
    </Dialog>
  );
}

function aboutOf({ description, language: tag, license, id, pack }: Voice): string {
  const spoken = isLanguage(tag) ? languageName(tag, language.value) : t('languageUnknown');
  const what = description && description !== '' ? description : id;
  const known = what.includes(spoken) ? undefined : spoken; // most descriptions begin with it
  const own = license && pack === undefined && `${t('voiceLicence')}: ${license}`; // that of a pack stands above it
  return [what, known, own].filter(Boolean).join(' · ');
}
