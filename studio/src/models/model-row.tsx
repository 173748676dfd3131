import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type Model, type PullProgress, removeModel, rights } from '../api/admin.ts';
import { explain } from '../i18n/failures.ts';
import { clock, type Key, language, number, t } from '../i18n/i18n.ts';
import { Button, Problem } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { languageName, loadVoices } from '../voices/list.ts';
import { failures, loadModels, pull, pulls } from './store.ts';

const MB = 1e6;
const SHOWN_LANGUAGES = 4;

/** A voice pack, or one that listens: what it is, whether it is here, and how it comes or goes. */
export function ModelRow({ model }: { readonly model: Model }): JSX.Element {
  const isAsking = useSignal(false);
  const problem = useSignal('');
  const running = pulls.value.get(model.id);
  const remove = async (): Promise<void> => {
    isAsking.value = false;
    try {
      await removeModel(model.id);
      await Promise.all([loadModels(), loadVoices()]);
    } catch (error) {
      problem.value = explain(error);
    }
  };
  return (
    <li>
      <div class="about">
        <b>
          {model.id} {model.default && <span class="badge">{t('packDefault')}</span>}
        </b>
        <span>{aboutOf(model)}</span>
      </div>
      <span class="help">{t(`model_${model.state}` as Key)}</span>
      {rights.value.pulls_models && (
        <div class="row actions">
          {running ? (
            <Button onClick={running.cancel}>{t('cancel')}</Button>
          ) : (
            <Action model={model} onRemove={() => (isAsking.value = true)} />
          )}
        </div>
      )}
      {running && <Progress model={model} progress={running.progress} />}
      <Problem text={problem.value || (failures.value.get(model.id) ?? '')} />
      {isAsking.value && (
        <Dialog title={t('remove')} onClose={() => (isAsking.value = false)}>
          <p>{t('modelRemoveSure', { name: model.id })}</p>
          <div class="row end">
            <Button onClick={() => (isAsking.value = false)}>{t('cancel')}</Button>
            <Button kind="danger" onClick={remove}>
              {t('remove')}
            </Button>
          </div>
        </Dialog>
      )}
    </li>
  );
}

function Action({
  model,
  onRemove,
}: {
  readonly model: Model;
  readonly onRemove: () => void;
}): JSX.Element | null {
  const { id, state, default: isDefault } = model;
  if (state === 'available' || state === 'outdated') {
    const label = t(state === 'available' ? 'install' : 'update');
    return (
      <Button icon="download" aria-label={`${label}: ${id}`} onClick={() => void pull(id)}>
        {label}
      </Button>
    );
  }
  if (isDefault) return null;
  return (
    <Button kind="quiet" aria-label={`${t('remove')}: ${id}`} onClick={onRemove}>
      {t('remove')}
    </Button>
  );
}

interface ProgressProps {
  readonly model: Model;
  readonly progress: PullProgress | undefined;
}

function Progress({ model, progress }: ProgressProps): JSX.Element {
  const {
    stage = 'waiting',
    done_bytes: done = 0,
    total_bytes: total = 0,
    seconds_left: left,
  } = progress ?? {};
  const isFetching = stage === 'fetching' && total > 0;
  const there = { done: number(done / MB, 1), total: number(total / MB, 1) };
  return (
    <div class="progress wide">
      <progress
        {...(isFetching && { value: done, max: total })}
        aria-label={`${t('install')}: ${model.id}`}
      />
      <p class="help">
        <span>{isFetching ? t('pullBytes', there) : t(`pull_${stage}` as Key)}</span>
        {isFetching && left !== null && left !== undefined && (
          <span>{t('bookLeft', { time: clock(left) })}</span>
        )}
      </p>
    </div>
  );
}

function aboutOf({ languages, license, bytes, voices, family }: Model): string {
  const names = languages
    .filter((tag) => tag !== 'mul')
    .slice(0, SHOWN_LANGUAGES)
    .map((tag) => languageName(tag, language.value));
  const more = languages.length - SHOWN_LANGUAGES;
  const spoken = more > 0 ? `${names.join(', ')} +${more}` : names.join(', ');
  const kind = voices > 0 ? t('modelVoices', { count: number(voices) }) : t('modelListens');
  const size = t('megabytes', { value: number(bytes / MB) });
  return [kind, spoken, family, license, size].filter((part) => part !== '').join(' · ');
}
