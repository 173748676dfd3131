import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { addressOf } from '../api/server.ts';
import { bodyOf } from '../api/speech.ts';
import { t } from '../i18n/i18n.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { languages, type Snippet } from './snippets.ts';
import { asked, format, text } from './store.ts';

const MAX_SHOWN = 4000;
const EXAMPLE = 'Good morning!';

/** The same request from a program. */
export function Code(): JSX.Element {
  const shown = useSignal<Snippet>(languages[0] as Snippet);
  const body = {
    ...bodyOf(text.value.trim().slice(0, MAX_SHOWN) || EXAMPLE, asked.value),
    response_format: format.value,
  };
  const code = shown.value.write(addressOf('v1'), body);
  return (
    <details class="panel code">
      <summary>{t('code')}</summary>
      <div class="row">
        <fieldset class="segments">
          <legend class="hidden">{t('code')}</legend>
          {languages.map((language) => (
            <label key={language.name}>
              <input
                type="radio"
                name="code"
                checked={language === shown.value}
                onChange={() => (shown.value = language)}
              />
              <span>{language.name}</span>
            </label>
          ))}
        </fieldset>
        <CopyButton text={code} />
      </div>
      <pre>
        <code>{code}</code>
      </pre>
    </details>
  );
}
