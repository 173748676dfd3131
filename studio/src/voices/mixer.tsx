import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { playing, playText, stopSample } from '../audio/sample.ts';
import { explain } from '../i18n/failures.ts';
import { number, t } from '../i18n/i18n.ts';
import { voice as chosen } from '../speak/store.ts';
import { Button, IconButton, Problem } from '../ui/controls.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import type { Voice } from './list.ts';
import { type MixPart, nameOfMix } from './mix.ts';

const SAMPLE = 'mix';
/** What the server takes at most (docs/api.md, `voice`). */
const MAX_PARTS = 8;
const MAX_WEIGHT = 10;

/** Voices of one family, made into a new one. */
export function Mixer({ members }: { readonly members: readonly Voice[] }): JSX.Element {
  const parts = useSignal<readonly MixPart[]>(
    members.slice(0, 2).map(({ id }, at) => ({ id, weight: 2 - at })),
  );
  const problem = useSignal('');
  const name = nameOfMix(parts.value);
  const isPlaying = playing.value === SAMPLE;
  const hear = async (): Promise<void> => {
    problem.value = '';
    await playText(SAMPLE, t('voiceSample'), { voice: name, speed: 1 }).catch((error: unknown) => {
      problem.value = explain(error);
    });
  };
  const use = (): void => {
    chosen.value = name;
    location.hash = '#/speak';
  };
  return (
    <section class="card make">
      <h2>{t('mixHeading')}</h2>
      <p class="help">{t('mixHelp')}</p>
      <Parts parts={parts} members={members} />
      <div class="row secret">
        <code>{name}</code>
        <CopyButton text={name} />
      </div>
      <Problem text={problem.value} />
      <div class="row">
        <Button icon={isPlaying ? 'stop' : 'play'} onClick={isPlaying ? stopSample : hear}>
          {t(isPlaying ? 'stop' : 'hear')}
        </Button>
        <Button kind="main" onClick={use}>
          {t('voiceUse')}
        </Button>
      </div>
    </section>
  );
}

interface PartsProps {
  readonly parts: Signal<readonly MixPart[]>;
  readonly members: readonly Voice[];
}

function Parts({ parts, members }: PartsProps): JSX.Element {
  const change = (index: number, changed: Partial<MixPart>): void => {
    parts.value = parts.value.map((part, at) => (at === index ? { ...part, ...changed } : part));
  };
  const free = members.find(({ id }) => parts.value.every((part) => part.id !== id));
  return (
    <>
      <ul class="mix">
        {parts.value.map((part, index) => (
          <Part
            key={index}
            part={part}
            share={part.weight / parts.value.reduce((sum, { weight }) => sum + weight, 0)}
            members={members}
            onChange={(changed) => change(index, changed)}
            onRemove={
              parts.value.length > 2
                ? () => (parts.value = parts.value.filter((_, at) => at !== index))
                : undefined
            }
          />
        ))}
      </ul>
      {free && parts.value.length < MAX_PARTS && (
        <Button kind="quiet" onClick={() => (parts.value = [...parts.value, { id: free.id, weight: 1 }])}>
          {t('mixAdd')}
        </Button>
      )}
    </>
  );
}

interface PartProps {
  readonly part: MixPart;
  /** Of the whole, 0 to 1. */
  readonly share: number;
  readonly members: readonly Voice[];
  readonly onChange: (changed: Partial<MixPart>) => void;
  readonly onRemove: (() => void) | undefined;
}

function Part({ part, share, members, onChange, onRemove }: PartProps): JSX.Element {
  const called = members.find(({ id }) => id === part.id)?.name ?? part.id;
  return (
    <li>
      <div class="row">
        <select
          aria-label={t('voice')}
          value={part.id}
          onChange={({ currentTarget }) => onChange({ id: currentTarget.value })}
        >
          {members.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        {onRemove && <IconButton icon="close" label={`${t('remove')}: ${called}`} onClick={onRemove} />}
      </div>
      <div class="row">
        <input
          type="range"
          min={1}
          max={MAX_WEIGHT}
          step={1}
          aria-label={t('mixShare', { name: called })}
          value={part.weight}
          onInput={({ currentTarget }) => onChange({ weight: Number(currentTarget.value) })}
        />
        <output class="number">{number(share * 100)} %</output>
      </div>
    </li>
  );
}
