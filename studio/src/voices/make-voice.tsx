import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { ask, Failure } from '../api/server.ts';
import { playText } from '../audio/sample.ts';
import { explain } from '../i18n/failures.ts';
import { number, t } from '../i18n/i18n.ts';
import { Button, Field, Problem } from '../ui/controls.tsx';
import { Waveform } from '../ui/waveform.tsx';
import { loadVoices, type Voice } from './list.ts';
import { Recorder } from './recorder.tsx';
import { type Recording, refusalOf } from './recording.ts';

/** A voice of one's own: a recording, what is said in it, whose it is, and that they agreed. */
export function MakeVoice(): JSX.Element {
  const recording = useSignal<Recording | undefined>(undefined);
  const made = useSignal<Voice | undefined>(undefined);
  const problem = useSignal('');
  const isBusy = useSignal(false);
  const send = async (form: HTMLFormElement): Promise<void> => {
    if (!recording.value || isBusy.value) return;
    const body = new FormData(form);
    body.append('reference', recording.value.file, 'recording.wav');
    isBusy.value = true;
    problem.value = '';
    try {
      const voice = (await (await ask('v1/voices', { method: 'POST', body })).json()) as Voice;
      made.value = voice;
      recording.value = undefined;
      await loadVoices();
      await playText(voice.id, t('voiceSample'), { voice: voice.id, speed: 1 });
    } catch (error) {
      problem.value = whyNot(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <section class="card make">
      <h2>{t('makeHeading')}</h2>
      <p class="help">{t('makeHelp')}</p>
      {made.value && <p role="status">{t('makeDone', { name: made.value.name })}</p>}
      <Recorder
        onRecording={(next) => {
          recording.value = next;
          made.value = undefined;
          problem.value = '';
        }}
      />
      {recording.value && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void send(event.currentTarget);
          }}
        >
          <Measured recording={recording.value} />
          <Field label={t('makeTranscript')}>
            {(id) => <textarea id={id} name="transcript" rows={4} maxLength={4096} required />}
          </Field>
          <Field label={t('makeName')}>
            {(id) => <input id={id} name="name" maxLength={100} required />}
          </Field>
          <Field label={t('makeWho')}>
            {(id) => <input id={id} name="consent" maxLength={1000} required />}
          </Field>
          <label class="check">
            <input type="checkbox" required />
            {t('makeConsent')}
          </label>
          <Problem text={problem.value} />
          <Button kind="main" type="submit" disabled={recording.value.fault !== undefined || isBusy.value}>
            {t('makeSend')}
          </Button>
        </form>
      )}
    </section>
  );
}

function Measured({ recording }: { readonly recording: Recording }): JSX.Element {
  const { seconds, level, peaks, fault } = recording;
  return (
    <>
      <Waveform peaks={peaks} seconds={seconds} expected={seconds} position={0} onSeek={() => {}} />
      <dl class="figures">
        <div>
          <dt>{t('makeLength')}</dt>
          <dd>{t('seconds', { value: number(seconds, 1) })}</dd>
        </div>
        <div>
          <dt>{t('makeLevel')}</dt>
          <dd>{number(level, 0)} dB</dd>
        </div>
      </dl>
      {fault ? (
        <Problem text={t(fault)} />
      ) : (
        <p class="good" role="status">
          {t('makeGood')}
        </p>
      )}
    </>
  );
}

/** Why the server did not take it, in plain words. */
function whyNot(error: unknown): string {
  if (!(error instanceof Failure)) return explain(error);
  if (error.kind === 'unsupported') return t('makeUnsupported');
  const known = error.kind === 'refused' ? refusalOf(error.message) : undefined;
  return known ? t(known) : explain(error);
}
