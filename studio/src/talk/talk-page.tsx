import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { apiKey } from '../api/server.ts';
import { explain } from '../i18n/failures.ts';
import { t } from '../i18n/i18n.ts';
import { Button, IconButton, Meter, Problem } from '../ui/controls.tsx';
import { stored } from '../ui/stored.ts';
import { Conversation } from './conversation.ts';
import { modelSettings, Settings } from './settings.tsx';

/** What is being written: it outlives other tabs, and the page. */
const draft = stored('talk-draft', '');

export function TalkPage(): JSX.Element {
  const talk = useMemo(() => new Conversation(() => modelSettings.value), []);
  useEffect(() => () => talk.close(), [talk]);
  const link = talk.connection.link.value;
  const key = apiKey.value;
  useEffect(() => {
    if (talk.connection.link.peek() === 'closed' && key !== '') talk.connection.open();
  }, [talk, key]);
  if (link === 'absent') {
    return (
      <div class="page talk-none">
        <h1>{t('talkNone')}</h1>
        <p class="help">{t('talkNoneHelp')}</p>
      </div>
    );
  }
  return (
    <div class="talk">
      <header class="page-head">
        <h1>{t('talkHeading')}</h1>
        <Button kind="quiet" onClick={() => talk.clear()}>
          {t('talkClear')}
        </Button>
      </header>
      {link !== 'open' && <Lost talk={talk} />}
      <Bubbles talk={talk} />
      <Problem text={talk.problem.value} />
      <Write talk={talk} />
      <Settings talk={talk} />
    </div>
  );
}

function Lost({ talk }: { readonly talk: Conversation }): JSX.Element {
  const { link, wait } = talk.connection;
  return (
    <div class="row lost" role="status">
      <p class="help">
        {link.value === 'waiting' ? t('talkLost', { time: wait.value }) : t('talkConnecting')}
      </p>
      {link.value !== 'connecting' && <Button onClick={() => talk.connection.open()}>{t('tryAgain')}</Button>}
    </div>
  );
}

function Bubbles({ talk }: { readonly talk: Conversation }): JSX.Element {
  const end = useRef<HTMLDivElement>(null);
  const bubbles = talk.bubbles.value;
  const heard = talk.heard.value;
  useEffect(() => {
    if (bubbles.length > 0 || heard !== '') end.current?.scrollIntoView({ block: 'nearest' });
  }, [bubbles, heard]);
  return (
    <div class="bubbles" role="log" aria-label={t('talkHeading')}>
      {bubbles.length === 0 && heard === '' && <p class="help talk-empty">{t('talkReady')}</p>}
      {bubbles.map(({ id, name, text }) => (
        <div key={id} class={name === undefined ? 'bubble own' : 'bubble'}>
          <b>{name ?? t('talkYou')}</b>
          <p>{text === '' ? '…' : text}</p>
        </div>
      ))}
      {heard !== '' && (
        <div class="bubble own live">
          <b>{t('talkYou')}</b>
          <p>{heard}</p>
        </div>
      )}
      <div ref={end} />
    </div>
  );
}

function Write({ talk }: { readonly talk: Conversation }): JSX.Element {
  const isOpen = talk.connection.link.value === 'open';
  const isListening = talk.isListening.value;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (draft.value.trim() === '' || !isOpen) return;
    talk.say(draft.value.trim());
    draft.value = '';
  };
  const listen = async (): Promise<void> => {
    if (isListening) return talk.stopListening();
    await talk.listen().catch((error: unknown) => {
      talk.problem.value = explain(error);
    });
  };
  return (
    <form class="write" onSubmit={submit}>
      <IconButton
        kind="main"
        icon={isListening ? 'stop' : 'talk'}
        label={t(isListening ? 'talkStopListening' : 'talkListen')}
        aria-pressed={isListening}
        disabled={!isOpen}
        onClick={listen}
      />
      {isListening && <Meter value={talk.level.value} label={t('makeLevel')} />}
      <input
        aria-label={t('talkWrite')}
        placeholder={isListening ? t('talkListening') : t('talkWrite')}
        maxLength={16_000}
        value={draft.value}
        onInput={({ currentTarget }) => {
          draft.value = currentTarget.value;
        }}
      />
      {talk.isAnswering.value && (
        <Button icon="stop" onClick={() => talk.interrupt()}>
          {t('talkInterrupt')}
        </Button>
      )}
      <Button kind="main" type="submit" disabled={!isOpen || draft.value.trim() === ''}>
        {t('talkSend')}
      </Button>
    </form>
  );
}
