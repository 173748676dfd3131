import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { apiKey } from '../api/server.ts';
import { language, t } from '../i18n/i18n.ts';
import { isLanguage, isOwn, languageName, loadVoices, type Voice, voices } from './list.ts';

interface VoiceChoiceProps {
  readonly id: string;
  readonly value: string;
  readonly onChoose: (voice: string) => void;
}

/** A voice out of all, by language. The one that was chosen stays there, whether the server still has it or not. */
export function VoiceChoice({ id, value, onChoose }: VoiceChoiceProps): JSX.Element {
  const key = apiKey.value;
  useEffect(() => {
    if (!voices.peek() || key !== '') loadVoices().catch(() => {}); // the next request says what is wrong
  }, [key]);
  const all = voices.value ?? [];
  const isKnown = value === '' || all.some((voice) => voice.id === value);
  return (
    <select id={id} value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
      <option value="">{t('voiceDefault')}</option>
      {!isKnown && <option value={value}>{value}</option>}
      {groups(all).map(([label, members]) => (
        <optgroup key={label} label={label}>
          {members.map(({ id: name, name: shown }) => (
            <option key={name} value={name}>
              {shown}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

function groups(all: readonly Voice[]): [string, Voice[]][] {
  const byLabel = new Map<string, Voice[]>();
  for (const voice of all) {
    const label = isOwn(voice)
      ? t('voicesOwn')
      : isLanguage(voice.language)
        ? languageName(voice.language, language.value)
        : t('languageUnknown');
    byLabel.set(label, [...(byLabel.get(label) ?? []), voice]);
  }
  return [...byLabel];
}
