import { signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { number, t } from '../i18n/i18n.ts';
import { Field } from '../ui/controls.tsx';
import type { Conversation } from './conversation.ts';

const SETTINGS = 'fish-edge-model';

interface ModelSettings {
  readonly model: string;
  readonly temperature: number;
}

const usual: ModelSettings = { model: '', temperature: 0.7 };

/** Kept across reloads, and told to the server with each connection. */
export const modelSettings = signal<ModelSettings & Readonly<Record<string, unknown>>>(read());

function read(): ModelSettings & Readonly<Record<string, unknown>> {
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(SETTINGS) ?? '{}') as Partial<ModelSettings>) };
  } catch {
    return { ...usual };
  }
}

export function Settings({ talk }: { readonly talk: Conversation }): JSX.Element {
  const change = (changed: Partial<ModelSettings>): void => {
    modelSettings.value = { ...modelSettings.value, ...changed };
    localStorage.setItem(SETTINGS, JSON.stringify(modelSettings.value));
    talk.connection.send('model_settings', modelSettings.value);
  };
  return (
    <details class="panel">
      <summary>{t('talkSettings')}</summary>
      <div class="settings">
        <Field label={t('talkModel')}>
          {(id) => (
            <input
              id={id}
              maxLength={256}
              value={modelSettings.value.model}
              onChange={({ currentTarget }) => change({ model: currentTarget.value })}
            />
          )}
        </Field>
        <Field label={`${t('talkTemperature')}: ${number(modelSettings.value.temperature, 1)}`}>
          {(id) => (
            <input
              id={id}
              type="range"
              min={0}
              max={2}
              step={0.1}
              value={modelSettings.value.temperature}
              onChange={({ currentTarget }) => change({ temperature: Number(currentTarget.value) })}
            />
          )}
        </Field>
        <Cast talk={talk} />
      </div>
    </details>
  );
}

/** Who answers, where there are several. */
function Cast({ talk }: { readonly talk: Conversation }): JSX.Element | null {
  const absent = useSignal<readonly string[]>([]);
  const all = useSignal(talk.characters.value);
  if (talk.characters.value.length > all.value.length) all.value = talk.characters.value;
  if (all.value.length < 2) return null;
  const toggle = (id: string): void => {
    const next = absent.value.includes(id)
      ? absent.value.filter((each) => each !== id)
      : [...absent.value, id];
    const present = all.value.filter((character) => !next.includes(character.id));
    if (present.length === 0) return;
    absent.value = next;
    talk.choose(present.map((character) => character.id));
  };
  return (
    <fieldset>
      <legend class="label">{t('talkWho')}</legend>
      {all.value.map(({ id, name }) => (
        <label key={id} class="check">
          <input type="checkbox" checked={!absent.value.includes(id)} onChange={() => toggle(id)} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
