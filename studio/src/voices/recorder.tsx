import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { levelOf, type Microphone, openMicrophone } from '../audio/microphone.ts';
import { explain } from '../i18n/failures.ts';
import { clock, t } from '../i18n/i18n.ts';
import { Button, Meter, Problem } from '../ui/controls.tsx';
import { dropTarget, FileButton } from '../ui/files.tsx';
import { type Recording, recordingIn, recordingOf } from './recording.ts';

const MAX_SECONDS = 30;
const MAX_BYTES = 50e6;

/** Gets a recording, from the microphone or a file. */
export function Recorder({
  onRecording,
}: {
  readonly onRecording: (recording: Recording) => void;
}): JSX.Element {
  const { problem, seconds, level, record, stop } = useMicrophone(onRecording);
  const take = async (file: File): Promise<void> => {
    try {
      if (file.size > MAX_BYTES) problem.value = t('failFileBig', { size: MAX_BYTES / 1e6 });
      else onRecording(await recordingIn(file));
    } catch {
      problem.value = t('makeUnreadable');
    }
  };
  return (
    <div class="recorder" {...dropTarget(take)}>
      {seconds.value === undefined ? (
        <div class="row">
          <Button icon="talk" kind="main" onClick={record}>
            {t('makeRecord')}
          </Button>
          <FileButton accept="audio/*" onFile={take}>
            {t('makeChoose')}
          </FileButton>
          <span class="help">{t('makeDrop')}</span>
        </div>
      ) : (
        <Running seconds={seconds.value} level={level.value} onStop={stop} />
      )}
      <Problem text={problem.value} />
    </div>
  );
}

function useMicrophone(onRecording: (recording: Recording) => void) {
  const problem = useSignal('');
  const seconds = useSignal<number | undefined>(undefined);
  const level = useSignal(0);
  const microphone = useRef<Microphone | undefined>(undefined);
  const pieces = useRef<Float32Array<ArrayBuffer>[]>([]);
  useEffect(() => () => microphone.current?.stop(), []);

  const stop = (): void => {
    const { rate } = microphone.current ?? {};
    microphone.current?.stop();
    microphone.current = undefined;
    seconds.value = undefined;
    if (rate !== undefined) onRecording(recordingOf(joined(pieces.current), rate));
  };
  const record = async (): Promise<void> => {
    problem.value = '';
    pieces.current = [];
    let samples = 0;
    try {
      microphone.current = await openMicrophone(
        (piece) => {
          pieces.current.push(piece);
          samples += piece.length;
          level.value = levelOf(piece);
          seconds.value = samples / (microphone.current?.rate ?? 48_000);
          if (seconds.value >= MAX_SECONDS - 0.1) stop();
        },
        { isConversation: false },
      );
      seconds.value = 0;
    } catch (error) {
      problem.value = explain(error);
    }
  };
  return { problem, seconds, level, record, stop };
}

interface RunningProps {
  readonly seconds: number;
  /** 0 to 1. */
  readonly level: number;
  readonly onStop: () => void;
}

function Running({ seconds, level, onStop }: RunningProps): JSX.Element {
  return (
    <>
      <p class="help">{t('makeRead')}</p>
      <blockquote>{t('makeReadText')}</blockquote>
      <div class="row">
        <Button icon="stop" kind="main" onClick={onStop}>
          {t('makeStop')}
        </Button>
        <output class="number">{clock(seconds)}</output>
        <Meter value={level} label={t('makeLevel')} />
      </div>
    </>
  );
}

function joined(pieces: readonly Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
