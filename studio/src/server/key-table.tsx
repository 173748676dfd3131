import type { JSX } from 'preact';
import type { Key, Month } from '../api/admin.ts';
import { language, number, t } from '../i18n/i18n.ts';
import { Button } from '../ui/controls.tsx';

interface KeyTableProps {
  readonly keys: readonly Key[];
  /** Of this month, by name. */
  readonly usage: ReadonlyMap<string, Month>;
  readonly onEdit: ((key: Key) => void) | undefined;
  readonly onDelete: ((key: Key) => void) | undefined;
}

export function KeyTable({ keys, usage, onEdit, onDelete }: KeyTableProps): JSX.Element {
  return (
    <ul class="voices stacked">
      {keys.map((key) => (
        <li key={key.name}>
          <div class="about">
            <b>
              {key.name} {key.admin && <span class="badge">{t('keyAdmin')}</span>}
            </b>
            <span>{aboutOf(key)}</span>
          </div>
          <span class="help">{usedOf(usage.get(key.name))}</span>
          {(onEdit ?? onDelete) && (
            <div class="row actions">
              {onEdit && (
                <Button kind="quiet" aria-label={`${t('keyEdit')}: ${key.name}`} onClick={() => onEdit(key)}>
                  {t('keyEdit')}
                </Button>
              )}
              {onDelete && (
                <Button
                  kind="quiet"
                  aria-label={`${t('keyWithdraw')}: ${key.name}`}
                  onClick={() => onDelete(key)}
                >
                  {t('keyWithdraw')}
                </Button>
              )}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

function aboutOf({ rate, characters, created, expires }: Key): string {
  const parts = [
    rate !== null && (rate === 0 ? t('keyRateNone') : t('keyRateIs', { count: number(rate) })),
    characters !== null &&
      (characters === 0 ? t('keyCharactersNone') : t('keyCharactersIs', { count: number(characters) })),
    expires === null
      ? t('keySince', { date: dateOf(created) })
      : Date.parse(expires) < Date.now()
        ? t('keyOver', { date: dateOf(expires) })
        : t('keyUntil', { date: dateOf(expires) }),
  ];
  return parts.filter(Boolean).join(' · ');
}

function usedOf(month: Month | undefined): string {
  if (!month) return t('keyUnused');
  return t('keyUsed', { requests: number(month.requests), characters: number(month.characters) });
}

function dateOf(time: string): string {
  return new Date(time).toLocaleDateString(language.value, { dateStyle: 'medium', timeZone: 'UTC' });
}
