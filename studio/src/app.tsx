import { computed, effect, signal } from '@preact/signals';
import type { JSX } from 'preact';
import { type Key, language, speakLanguage, t } from './i18n/i18n.ts';
import { ServerPage } from './server/server-page.tsx';
import { SpeakPage } from './speak/speak-page.tsx';
import { TalkPage } from './talk/talk-page.tsx';
import { Button, IconButton } from './ui/controls.tsx';
import { Icon, type IconName } from './ui/icons.tsx';
import { KeyDialog } from './ui/key-dialog.tsx';
import { changeTheme, theme } from './ui/theme.ts';
import { VoicesPage } from './voices/voices-page.tsx';

interface Tab {
  readonly name: string;
  readonly label: Key;
  readonly icon: IconName;
  readonly Page: () => JSX.Element;
}

const tabs: readonly Tab[] = [
  { name: 'speak', label: 'tabSpeak', icon: 'speak', Page: SpeakPage },
  { name: 'talk', label: 'tabTalk', icon: 'talk', Page: TalkPage },
  { name: 'voices', label: 'tabVoices', icon: 'voices', Page: VoicesPage },
  { name: 'server', label: 'tabServer', icon: 'server', Page: ServerPage },
];

const place = signal(location.hash);
addEventListener('hashchange', () => {
  place.value = location.hash;
});

const first = tabs[0] as Tab;
const current = computed(() => tabs.find(({ name }) => place.value === `#/${name}`) ?? first);

/** The history of the browser lists it. */
effect(() => {
  const { label } = current.value;
  document.title = current.value === first ? t('title') : `${t(label)} · ${t('title')}`;
});

export function App(): JSX.Element {
  const shown = current.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        {t('skip')}
      </button>
      <header class="bar">
        <a class="mark" href="#/speak">
          <Mark />
          fish-edge
        </a>
        <nav aria-label={t('tabs')}>
          {tabs.map(({ name, label, icon }) => (
            <a key={name} href={`#/${name}`} aria-current={name === shown.name ? 'page' : undefined}>
              <Icon name={icon} />
              {t(label)}
            </a>
          ))}
        </nav>
        <div class="bar-end">
          <Button
            kind="quiet"
            lang={language.value === 'en' ? 'vi' : 'en'}
            onClick={() => speakLanguage(language.value === 'en' ? 'vi' : 'en')}
          >
            {t('otherLanguage')}
          </Button>
          <IconButton
            icon={theme.value === 'dark' ? 'sun' : 'moon'}
            label={t(theme.value === 'dark' ? 'themeLight' : 'themeDark')}
            onClick={changeTheme}
          />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <shown.Page key={shown.name} />
      </main>
      <KeyDialog />
    </>
  );
}

function Mark(): JSX.Element {
  return (
    <svg class="mark-sign" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path d="M7 14v4M12 10.5v11M17 7.5v17M22 11.5v9M26 14.5v3" />
    </svg>
  );
}
