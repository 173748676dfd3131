import { signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { isAbort } from '../api/server.ts';
import { type Format, formats } from '../api/speech.ts';
import { playing, playText, stopSample } from '../audio/sample.ts';
import { explain } from '../i18n/failures.ts';
import { number, t } from '../i18n/i18n.ts';
import { Button, Field, IconButton, Problem } from '../ui/controls.tsx';
import { VoiceChoice } from '../voices/voice-choice.tsx';
import { type CaptionFormat, captionFormats, saveCaptions, saveSpeech } from './download.ts';
import { current } from './session.ts';
import { asked, format, isBook, speed, text, voice } from './store.ts';

const SAMPLE = 'voice';

/** How it is spoken, and what one can take along. */
export function Options(): JSX.Element {
  const problem = useSignal('');
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    problem.value = '';
    await work().catch((error: unknown) => {
      problem.value = explain(error);
    });
  };
  const isSampling = playing.value === SAMPLE;
  const hear = (): Promise<void> => attempt(() => playText(SAMPLE, t('voiceSample'), asked.value));
  return (
    <section class="options">
      <Field label={t('voice')}>
        {(id) => (
          <div class="row">
            <VoiceChoice id={id} value={voice.value} onChoose={(name) => (voice.value = name)} />
            <IconButton
              icon={isSampling ? 'stop' : 'play'}
              label={t(isSampling ? 'stop' : 'voiceHear')}
              onClick={isSampling ? stopSample : hear}
            />
          </div>
        )}
      </Field>
      <Speed />
      <Take attempt={attempt} />
      <Problem text={problem.value} />
    </section>
  );
}

function Speed(): JSX.Element {
  return (
    <Field label={t('speed')}>
      {(id) => (
        <>
          <div class="row">
            <input
              id={id}
              type="range"
              min={0.5}
              max={2}
              step={0.05}
              value={speed.value}
              aria-valuetext={number(speed.value, 2)}
              onInput={({ currentTarget }) => {
                speed.value = Number(currentTarget.value);
              }}
            />
            <output class="number">{number(speed.value, 2)}×</output>
          </div>
          <div class="scale" aria-hidden="true">
            <span>{t('slow')}</span>
            <span>{t('normal')}</span>
            <span>{t('fast')}</span>
          </div>
        </>
      )}
    </Field>
  );
}

function Take({ attempt }: { readonly attempt: (work: () => Promise<void>) => Promise<void> }): JSX.Element {
  const speech = current.value;
  const captions = (kind: CaptionFormat): Promise<void> =>
    attempt(async () => {
      if (speech) await saveCaptions(speech, kind);
    });
  return (
    <>
      <Field label={t('format')}>
        {(id) => (
          <div class="row">
            <select
              id={id}
              value={format.value}
              onChange={({ currentTarget }) => {
                format.value = currentTarget.value as Format;
              }}
            >
              {formats.map((name) => (
                <option key={name} value={name}>
                  {name.toUpperCase()}
                </option>
              ))}
            </select>
            <Save attempt={attempt} />
          </div>
        )}
      </Field>
      <p class="help" role="status">
        {saving.value && t('downloading', { part: number(saving.value.part * 100) })}
      </p>
      {speech?.phase.value === 'whole' && (
        <div class="row captions">
          <span class="label">{t('captions')}</span>
          {captionFormats.map((kind) => (
            <Button key={kind} icon="download" onClick={() => captions(kind)}>
              {kind.toUpperCase()}
            </Button>
          ))}
        </div>
      )}
    </>
  );
}

/** The file that is made: it goes on while somebody looks at another tab. */
const saving = signal<{ readonly part: number; readonly leaving: AbortController } | undefined>(undefined);

function Save({ attempt }: { readonly attempt: (work: () => Promise<void>) => Promise<void> }): JSX.Element {
  const speech = current.value;
  const canSave = text.value.trim() !== '' && !isBook.value;
  const save = (): Promise<void> =>
    attempt(async () => {
      const leaving = new AbortController();
      saving.value = { part: 0, leaving };
      try {
        await saveSpeech(text.value, asked.value, format.value, {
          made: speech?.phase.value === 'whole' ? speech : undefined,
          leaving: leaving.signal,
          onProgress: (part) => {
            saving.value = { part, leaving };
          },
        });
      } catch (error) {
        if (!isAbort(error)) throw error;
      } finally {
        saving.value = undefined;
      }
    });
  if (saving.value)
    return (
      <Button icon="stop" aria-label={t('downloadStop')} onClick={() => saving.value?.leaving.abort()}>
        {t('stop')}
      </Button>
    );
  return (
    <Button icon="download" disabled={!canSave} onClick={save}>
      {t('download')}
    </Button>
  );
}
