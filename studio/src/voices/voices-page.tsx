import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { apiKey } from '../api/server.ts';
import { explain } from '../i18n/failures.ts';
import { language, t } from '../i18n/i18n.ts';
import { Problem } from '../ui/controls.tsx';
import { isOwn, languageName, loadVoices, type Voice, voices } from './list.ts';
import { MakeVoice } from './make-voice.tsx';
import { VoiceRow } from './voice-row.tsx';

export function VoicesPage(): JSX.Element {
  const problem = useSignal('');
  const search = useSignal('');
  const only = useSignal('');
  const key = apiKey.value;
  useEffect(() => {
    problem.value = '';
    loadVoices().catch((error: unknown) => {
      problem.value = explain(error);
    });
  }, [problem, key]);
  const all = voices.value ?? [];
  const tags = [...new Set(all.map(({ language: tag }) => tag ?? ''))].filter((tag) => tag !== '').sort();
  const found = all.filter((voice) => fits(voice, search.value, only.value));
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t('voicesHeading')}</h1>
        <div class="row filters">
          <input
            type="search"
            aria-label={t('voicesSearch')}
            placeholder={t('voicesSearch')}
            value={search.value}
            onInput={({ currentTarget }) => {
              search.value = currentTarget.value;
            }}
          />
          <select
            aria-label={t('voicesAll')}
            value={only.value}
            onChange={({ currentTarget }) => {
              only.value = currentTarget.value;
            }}
          >
            <option value="">{t('voicesAll')}</option>
            {tags.map((tag) => (
              <option key={tag} value={tag}>
                {languageName(tag, language.value)}
              </option>
            ))}
          </select>
        </div>
      </header>
      <Problem text={problem.value} />
      <div class="columns">
        <div>
          <List title={t('voicesOwn')} members={found.filter(isOwn)} />
          <List title={t('voicesServer')} members={found.filter((voice) => !isOwn(voice))} />
          {voices.value && found.length === 0 && <p class="help">{t('voicesNone')}</p>}
        </div>
        <MakeVoice />
      </div>
    </div>
  );
}

function List({
  title,
  members,
}: {
  readonly title: string;
  readonly members: readonly Voice[];
}): JSX.Element | null {
  if (members.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <ul class="voices">
        {members.map((voice) => (
          <VoiceRow key={voice.id} voice={voice} />
        ))}
      </ul>
    </section>
  );
}

function fits({ id, name, description = '', language: tag }: Voice, search: string, only: string): boolean {
  if (only !== '' && tag !== only) return false;
  const said = `${id} ${name} ${description}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}
