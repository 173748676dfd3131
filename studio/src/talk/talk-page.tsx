import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { apiKey } from '../api/server.ts';
import { explain } from '../i18n/failures.ts';
import { t } from '../i18n/i18n.ts';
import { Button, IconButton, Meter, Problem } from '../ui/controls.tsx';
import { stored } from '../ui/stored.ts';
import { Conversation } from './conversation.ts';
import type { Bubble } from './kept.ts';
import { modelSettings, Settings } from './settings.tsx';

/** What is being written: it outlives other tabs, and the page. */
const draft = stored('talk-draft', '');

/** Pixels. Whoever has scrolled so far away from the end reads, and is not torn away from that. */
const READING_BACK = 200;

/** One for the page: it goes on where it was when somebody comes back from another tab. */
let conversation: Conversation | undefined;

export function TalkPage(): JSX.Element {
  conversation ??= new Conversation(() => modelSettings.value);
  const talk = conversation;
  useEffect(() => () => talk.rest(), [talk]);
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
      <div class="talk-foot">
        <Problem text={talk.problem.value} />
        <Write talk={talk} />
      </div>
      <Settings talk={talk} />
    </div>
  );
}

function Lost({ talk }: { readonly talk: Conversation }): JSX.Element {
  const { link, wait } = talk.connection;
  return (
    <div class="row lost" role="status">
      <p class="help">
        {t(link.value === 'waiting' ? 'talkLost' : 'talkConnecting')}{' '}
        {link.value === 'waiting' && <span aria-hidden="true">{t('talkNextTry', { time: wait.value })}</span>}
      </p>
      {link.value !== 'connecting' && <Button onClick={() => talk.connection.open()}>{t('tryAgain')}</Button>}
    </div>
  );
}

function Bubbles({ talk }: { readonly talk: Conversation }): JSX.Element {
  const end = useRef<HTMLDivElement>(null);
  const bubbles = talk.bubbles.value;
  const heard = talk.heard.value;
  const isOwn = bubbles.at(-1)?.name === undefined;
  useEffect(() => {
    const below = (end.current?.getBoundingClientRect().top ?? 0) - innerHeight;
    if (isOwn || below < READING_BACK) end.current?.scrollIntoView({ block: 'nearest' });
  }, [bubbles, heard, isOwn]);
  return (
    <div class="bubbles" role="log" aria-label={t('talkHeading')}>
      {bubbles.length === 0 && heard === '' && <p class="help talk-empty">{t('talkReady')}</p>}
      {bubbles.map((bubble) => (
        <Said key={bubble.id} bubble={bubble} />
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

function Said({ bubble: { name, text, isBreak } }: { readonly bubble: Bubble }): JSX.Element {
  if (isBreak) return <p class="help break">{t('talkBreak')}</p>;
  return (
    <div class={name === undefined ? 'bubble own' : 'bubble'}>
      <b>{name ?? t('talkYou')}</b>
      <p>{text === '' ? '…' : text}</p>
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
      <Button kind="main" icon="send" type="submit" disabled={!isOpen || draft.value.trim() === ''}>
        {t('talkSend')}
      </Button>
    </form>
  );
}
