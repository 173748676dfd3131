import type { JSX } from 'preact';
import { t } from '../i18n/i18n.ts';

export function TalkPage(): JSX.Element {
  return (
    <div class="page">
      <h1>{t('talkHeading')}</h1>
      <p>{t('talkNone')}</p>
    </div>
  );
}
