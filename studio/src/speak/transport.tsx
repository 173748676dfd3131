import type { JSX } from 'preact';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { RATE } from '../api/speech.ts';
import { clock, number, t } from '../i18n/i18n.ts';
import { Button, IconButton, Problem, Waiting } from '../ui/controls.tsx';
import { Waveform } from '../ui/waveform.tsx';
import { useFrames } from './clock.ts';
import { current, type Figures, type Speech, speak } from './session.ts';
import { asked, text } from './store.ts';

/** Characters of a second of speech, about: until it is known how long it is. */
const CHARACTERS_PER_SECOND = 16;

/** What starts, stops and plays. */
export function Transport(): JSX.Element {
  const speech = current.value;
  if (speech) return <Playing speech={speech} />;
  const isEmpty = text.value.trim() === '';
  return (
    <div class="transport">
      <Button kind="main" icon="play" disabled={isEmpty} onClick={() => speak(text.value, asked.value)}>
        {t('speak')}
      </Button>
    </div>
  );
}

function Playing({ speech }: { readonly speech: Speech }): JSX.Element {
  const phase = speech.phase.value;
  const isPlaying = speech.isPlaying.value;
  const read = useCallback(() => speech.player.position() / RATE + speech.seconds / 1e6, [speech]);
  useFrames(read, isPlaying || speech.isBeingMade);
  const controls = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const isLost = document.activeElement === document.body; // the button that led here is gone
    if (isLost) controls.current?.querySelector<HTMLElement>('button:enabled')?.focus();
  }, []);
  const position = speech.player.position() / RATE;
  const expected = speech.isBeingMade
    ? speech.text.length / CHARACTERS_PER_SECOND / speech.asked.speed
    : speech.seconds;
  return (
    <>
      <Problem text={speech.failure.value} />
      <div class="transport" ref={controls}>
        {phase === 'waiting' ? (
          <Waiting text={t('waiting')} />
        ) : (
          <IconButton
            kind="main"
            icon={isPlaying ? 'pause' : 'play'}
            label={t(isPlaying ? 'pause' : 'play')}
            disabled={speech.seconds === 0}
            onClick={() => speech.toggle()}
          />
        )}
        <Waveform
          peaks={speech.peaks}
          seconds={speech.seconds}
          expected={expected}
          position={position}
          onSeek={(seconds) => speech.seek(seconds)}
        />
        <output class="time">
          {clock(position)} / {clock(speech.seconds)}
        </output>
        {speech.isBeingMade ? (
          <Button icon="stop" onClick={() => speech.stop()}>
            {t('stop')}
          </Button>
        ) : (
          <Button icon="speak" onClick={() => speak(text.value, asked.value)}>
            {t('speak')}
          </Button>
        )}
      </div>
      {speech.figures.value && <FigureRow figures={speech.figures.value} />}
    </>
  );
}

function FigureRow({ figures }: { readonly figures: Figures }): JSX.Element {
  const { firstAudio, realTimeFactor, seconds } = figures;
  return (
    <dl class="figures" data-own-delay={Math.round(figures.ownDelay)} data-gaps={figures.gaps}>
      <div>
        <dt>{t('firstAudio')}</dt>
        <dd>{duration(firstAudio)}</dd>
      </div>
      <div title={t('realTimeHelp')}>
        <dt>{t('realTime')}</dt>
        <dd>{realTimeFactor === undefined ? '…' : number(realTimeFactor, 2)}</dd>
      </div>
      <div>
        <dt>{t('duration')}</dt>
        <dd>{t('seconds', { value: number(seconds, 1) })}</dd>
      </div>
    </dl>
  );
}

const LONG_MS = 2000;

function duration(ms: number): string {
  return ms < LONG_MS
    ? t('milliseconds', { value: number(ms) })
    : t('seconds', { value: number(ms / 1000, 1) });
}
