import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { apiKey, ask, Failure, readJson } from '../api/server.ts';
import { playText } from '../audio/sample.ts';
import { explain } from '../i18n/failures.ts';
import { number, t } from '../i18n/i18n.ts';
import { Button, Field, Problem } from '../ui/controls.tsx';
import { stored } from '../ui/stored.ts';
import { Waveform } from '../ui/waveform.tsx';
import { loadVoices, type Voice } from './list.ts';
import { Recorder } from './recorder.tsx';
import { type Recording, refusalOf } from './recording.ts';

const nothing = { transcript: '', name: '', consent: '' };
/** What was written about a voice that is not made yet: it outlives other tabs, and the page. */
const draft = stored('voice-draft', nothing);

/** A voice of one's own: a recording, what is said in it, whose it is, and that they agreed. */
export function MakeVoice(): JSX.Element {
  const recording = useSignal<Recording | undefined>(undefined);
  const made = useSignal<Voice | undefined>(undefined);
  const problem = useSignal('');
  const isBusy = useSignal(false);
  const imitatesNobody = useEmbedded();
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
      draft.value = nothing;
      await loadVoices();
      await playText(voice.id, t('voiceSample'), { voice: voice.id, speed: 1 });
    } catch (error) {
      problem.value = whyNot(error);
    } finally {
      isBusy.value = false;
    }
  };
  if (imitatesNobody)
    return (
      <section class="card make">
        <h2>{t('makeHeading')}</h2>
        <p class="help">{t('makeNot')}</p>
      </section>
    );
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
        <AboutVoice
          recording={recording.value}
          problem={problem.value}
          isBusy={isBusy.value}
          onSend={(form) => void send(form)}
        />
      )}
    </section>
  );
}

/** Whether the server speaks with embedded voices alone: then nobody is to record one in vain. */
function useEmbedded(): boolean {
  const isEmbedded = useSignal(false);
  const key = apiKey.value;
  useEffect(() => {
    readJson<{ readonly engine?: string }>('v1/health?detailed=true').then(
      ({ engine }) => {
        isEmbedded.value = engine === 'onnx';
      },
      () => {}, // whoever tries is told
    );
  }, [isEmbedded, key]);
  return isEmbedded.value;
}

interface AboutVoiceProps {
  readonly recording: Recording;
  readonly problem: string;
  readonly isBusy: boolean;
  readonly onSend: (form: HTMLFormElement) => void;
}

/** What the server wants to know of a recording. */
function AboutVoice({ recording, problem, isBusy, onSend }: AboutVoiceProps): JSX.Element {
  const { transcript, name, consent } = draft.peek();
  return (
    <form
      onInput={({ currentTarget }) => {
        const written = new FormData(currentTarget);
        const text = (field: string): string => String(written.get(field) ?? '');
        draft.value = { transcript: text('transcript'), name: text('name'), consent: text('consent') };
      }}
      onSubmit={(event) => {
        event.preventDefault();
        onSend(event.currentTarget);
      }}
    >
      <Measured recording={recording} />
      <Field label={t('makeTranscript')}>
        {(id) => (
          <textarea id={id} name="transcript" rows={4} maxLength={4096} required defaultValue={transcript} />
        )}
      </Field>
      <Field label={t('makeName')}>
        {(id) => <input id={id} name="name" maxLength={100} required defaultValue={name} />}
      </Field>
      <Field label={t('makeWho')}>
        {(id) => <input id={id} name="consent" maxLength={1000} required defaultValue={consent} />}
      </Field>
      <label class="check">
        <input type="checkbox" required />
        {t('makeConsent')}
      </label>
      <Problem text={problem} />
      <Button kind="main" type="submit" disabled={recording.fault !== undefined || isBusy}>
        {t('makeSend')}
      </Button>
    </form>
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
