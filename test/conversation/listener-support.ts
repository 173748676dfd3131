import { FRAME, type FrameDetector } from '../../src/conversation/listening/frame-detector.ts';
import { MicrophoneListener } from '../../src/conversation/listening/listener.ts';
import type { TurnTranscriber } from '../../src/conversation/listening/transcriber.ts';
import type { ListeningEvent, ListeningOptions } from '../../src/core/conversation.ts';
import { LISTENING_RATE } from '../../src/core/conversation.ts';
import { SpeechFailure } from '../../src/core/errors.ts';
import { ClientGone } from '../../src/stream/cancel.ts';

export const turnDetection = { threshold: 0.5, prefixMs: 320, silenceMs: 704, earlyTexts: 0 };
export const FRAME_MS = (FRAME / LISTENING_RATE) * 1000;
const LOUD = 8000;

/** Whole frames of one level. */
function sound(ms: number, level: number): Uint8Array {
  return new Uint8Array(new Int16Array((ms * LISTENING_RATE) / 1000).fill(level).buffer);
}
export const quiet = (ms: number): Uint8Array => sound(ms, 0);
export const speech = (ms: number): Uint8Array => sound(ms, LOUD);

/** Waits until everything that can happen has happened. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

interface Asked {
  readonly ms: number;
  readonly language: string | undefined;
  readonly signal: AbortSignal;
  answer(text: string): void;
  fail(error: Error): void;
}

/** A listener whose detector hears what is loud, and whose recogniser says what the test lets it say. */
export function listenerOf(
  more: Partial<ListeningOptions> & { isIdle?: boolean; isPaid?: boolean; held?: boolean } = {},
) {
  const events: ListeningEvent[] = [];
  const asked: Asked[] = [];
  const recogniser = { isIdle: more.isIdle ?? false };
  let closes = 0;
  let release = (): void => {};
  const held = more.held
    ? new Promise<void>((resolve) => {
        release = resolve;
      })
    : undefined;
  const detector: FrameDetector = {
    async detect(samples) {
      await held;
      return Array.from({ length: samples.length / FRAME }, (_, i) =>
        (samples[i * FRAME] ?? 0) > 0.1 ? 1 : 0,
      );
    },
  };
  const transcriber: TurnTranscriber = {
    model: 'scripted',
    language: 'en',
    isPaid: more.isPaid ?? false,
    isIdle: () => recogniser.isIdle && asked.every((one) => one.signal.aborted || 'isDone' in one),
    warm() {},
    transcribe: (pcm, language, signal) =>
      new Promise((resolve, reject) => {
        const done = (end: () => void): void => {
          Object.assign(one, { isDone: true });
          end();
        };
        const one: Asked = {
          ms: (pcm.length / 2 / LISTENING_RATE) * 1000,
          language,
          signal,
          answer: (text) => done(() => resolve(text)),
          fail: (error) => done(() => reject(error)),
        };
        asked.push(one);
        signal.addEventListener('abort', () => reject(new ClientGone()));
      }),
  };
  const check = ({ language }: { language?: string | undefined }): void => {
    if (language === 'vi') throw new SpeechFailure({ code: 'not_supported', message: 'English only.' });
  };
  const listener = new MicrophoneListener(
    { turnDetection, partials: false, onEvent: (event) => void events.push(event), ...more },
    { detector, transcriber, check, onClose: () => void closes++ },
  );
  return { listener, events, asked, recogniser, release: () => release(), closes: () => closes };
}
