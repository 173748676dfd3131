import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useCallback, useEffect } from 'preact/hooks';
import { apiKey } from '../api/server.ts';
import { explain } from '../i18n/failures.ts';
import { language, number, t } from '../i18n/i18n.ts';
import { Button, Problem, Waiting } from '../ui/controls.tsx';
import { isLanguage, isOwn, languageName, loadVoices, type Voice, voices } from './list.ts';
import { MakeVoice } from './make-voice.tsx';
import { Mixer } from './mixer.tsx';
import { MoreVoices } from './more-voices.tsx';
import { VoiceRow } from './voice-row.tsx';

export function VoicesPage(): JSX.Element {
  const problem = useSignal('');
  const search = useSignal('');
  const only = useSignal('');
  const key = apiKey.value;
  const load = useCallback((): void => {
    problem.value = '';
    loadVoices().catch((error: unknown) => {
      problem.value = explain(error);
    });
  }, [problem]);
  useEffect(load, [load, key]);
  const all = voices.value ?? [];
  const tags = [...new Set(all.map(({ language: tag }) => tag).filter(isLanguage))].sort();
  const mixable = mixableOf(all);
  const found = all.filter((voice) => fits(voice, search.value, only.value));
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t('voicesHeading')}</h1>
        <Filters search={search} only={only} tags={tags} />
      </header>
      <Problem text={problem.value} />
      <div class="columns">
        <div>
          {!voices.value && problem.value === '' && <Waiting text={t('loading')} />}
          {problem.value !== '' && <Button onClick={load}>{t('tryAgain')}</Button>}
          <List title={t('voicesOwn')} members={found.filter(isOwn)} />
          {packsIn(found).map(([pack, members], at) => (
            <List key={pack} title={at === 0 ? t('voicesServer') : undefined} pack={pack} members={members} />
          ))}
          <MoreVoices />
          {voices.value && found.length === 0 && <p class="help">{t('voicesNone')}</p>}
        </div>
        <div>
          {mixable.length > 1 && <Mixer members={mixable} />}
          <MakeVoice />
        </div>
      </div>
    </div>
  );
}

interface FiltersProps {
  readonly search: Signal<string>;
  readonly only: Signal<string>;
  readonly tags: readonly string[];
}

function Filters({ search, only, tags }: FiltersProps): JSX.Element {
  return (
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
  );
}

/** Those of the first family whose voices can be mixed. */
function mixableOf(all: readonly Voice[]): readonly Voice[] {
  const family = all.find(({ mixes_in: word }) => word !== undefined)?.mixes_in;
  return family === undefined ? [] : all.filter(({ mixes_in: word }) => word === family);
}

interface ListProps {
  readonly title: string | undefined;
  /** What they came in; empty where nobody knows. */
  readonly pack?: string;
  readonly members: readonly Voice[];
}

function List({ title, pack = '', members }: ListProps): JSX.Element | null {
  const [first] = members;
  if (!first) return null;
  return (
    <section>
      {title !== undefined && <h2>{title}</h2>}
      {pack !== '' && (
        <p class="help pack">
          <span class="pack-name">{pack}</span> · {factsOf(first)}
        </p>
      )}
      <ul class="voices">
        {members.map((voice) => (
          <VoiceRow key={voice.id} voice={voice} />
        ))}
      </ul>
    </section>
  );
}

/** What holds for all voices of a pack. */
function factsOf({ family, license, pack_bytes: bytes }: Voice): string {
  const size = bytes !== undefined && t('megabytes', { value: number(bytes / 1e6) });
  return [family, license && `${t('voiceLicence')}: ${license}`, size].filter(Boolean).join(' · ');
}

/** The server's own voices, by the pack that they came in. */
function packsIn(found: readonly Voice[]): readonly (readonly [string, readonly Voice[]])[] {
  const byPack = new Map<string, Voice[]>();
  for (const voice of found.filter((each) => !isOwn(each))) {
    const pack = voice.pack ?? '';
    byPack.set(pack, [...(byPack.get(pack) ?? []), voice]);
  }
  return [...byPack];
}

function fits({ id, name, description = '', language: tag }: Voice, search: string, only: string): boolean {
  if (only !== '' && tag !== only) return false;
  const said = `${id} ${name} ${description}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}
