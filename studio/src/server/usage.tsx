import type { JSX } from 'preact';
import type { Month } from '../api/admin.ts';
import { number, t } from '../i18n/i18n.ts';

/** What the key that the page has used, month by month. */
export function Usage({ months }: { readonly months: readonly Month[] }): JSX.Element {
  return (
    <section>
      <h2>{t('serverUsage')}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('month')}</th>
            <th scope="col">{t('requests')}</th>
            <th scope="col">{t('charactersShort')}</th>
            <th scope="col">{t('audio')}</th>
          </tr>
        </thead>
        <tbody>
          {months.map(({ month, requests, characters, audio_seconds: seconds }) => (
            <tr key={month}>
              <th scope="row">{month}</th>
              <td>{number(requests)}</td>
              <td>{number(characters)}</td>
              <td>{t('seconds', { value: number(seconds, 1) })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
