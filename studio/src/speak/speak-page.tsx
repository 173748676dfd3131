import type { JSX } from 'preact';
import { t } from '../i18n/i18n.ts';
import { Words } from '../words/words.tsx';
import { Book } from './book.tsx';
import { Code } from './code.tsx';
import { Options } from './options.tsx';
import { Sheet } from './sheet.tsx';
import { isBook } from './store.ts';
import { Transport } from './transport.tsx';

export function SpeakPage(): JSX.Element {
  return (
    <div class="speak">
      <h1 class="hidden">{t('heading')}</h1>
      <section class="stage" aria-label={t('heading')}>
        <Sheet />
        {isBook.value ? <Book /> : <Transport />}
      </section>
      <aside class="side">
        <Options />
        <Words />
        <Code />
      </aside>
    </div>
  );
}
