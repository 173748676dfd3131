import { createEmbeddedDetector } from '#detector';
import type { Listening, ListeningOptions, TurnDetection } from '../../core/conversation.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import type { EmbeddedDetector } from '../../recognizer/detector.ts';
import { DETECTOR_FRAME, type Transcription } from '../../recognizer/recognizer.ts';
import { createLoudnessDetector, createModelDetector, type FrameDetector } from './frame-detector.ts';
import { MicrophoneListener } from './listener.ts';
import { createTranscriber } from './transcriber.ts';

export interface ListeningSettings {
  readonly turnDetection: TurnDetection;
  /** Microphones at once. */
  readonly maxSessions: number;
  /** Longest wait for the text of a turn, in milliseconds. */
  readonly timeoutMs: number;
}

const RETRY_AFTER_SECONDS = 5;
const busy = 'Too many microphones are listened to. Please try again later.';

/**
 * Listens to microphones by the recogniser that there is, which stays its owner's to close. Turns are found by Silero where it is
 * installed, else by loudness.
 */
export function createListening(
  transcription: Transcription,
  { turnDetection, maxSessions, timeoutMs }: ListeningSettings,
  ports: Pick<Ports, 'clock' | 'packs' | 'spawnInference'>,
): Listening {
  const { clock, packs, spawnInference } = ports;
  const transcriber = createTranscriber(transcription, { timeoutMs, clock });
  const model = packs && spawnInference && createEmbeddedDetector({ packs, spawnInference, clock });
  const sessions = new Set<MicrophoneListener>();
  let isClosed = false;

  const check = ({ language }: Pick<ListeningOptions, 'language'>): void => {
    const known = transcriber.language;
    if (language === undefined || known === undefined || primary(language) === known) return;
    const message = `The recogniser understands the language ${known} only.`;
    throw new SpeechFailure({ code: 'not_supported', message });
  };

  return {
    id: transcription.id,
    model: transcription.model,
    turnDetection,
    available: () => transcription.available(),
    open(options) {
      if (isClosed) throw new SpeechFailure({ code: 'shutting_down' });
      if (sessions.size >= maxSessions) {
        throw new SpeechFailure({
          code: 'overloaded',
          retryAfterSeconds: RETRY_AFTER_SECONDS,
          message: busy,
        });
      }
      check(options);
      const onClose = (): void => void sessions.delete(listener);
      const detector = detectorOf(model);
      const listener = new MicrophoneListener(options, { detector, transcriber, check, onClose });
      sessions.add(listener);
      transcriber.warm();
      detector.warm?.().catch(() => {}); // frames are judged by loudness then
      return listener;
    },
    async close() {
      isClosed = true;
      for (const listener of sessions) listener.close();
      await model?.close();
    },
  };
}

/** By the model from the moment on in which it is known to be there: it is looked for with the first frames. */
function detectorOf(model: EmbeddedDetector | undefined): FrameDetector {
  if (!model) return createLoudnessDetector();
  let chosen: Promise<FrameDetector> | undefined;
  const choose = async (): Promise<FrameDetector> => {
    const isThere = await model.available().catch(() => false);
    return isThere ? createModelDetector(model) : createLoudnessDetector();
  };
  return {
    async detect(samples) {
      chosen ??= choose();
      return (await chosen).detect(samples);
    },
    async warm() {
      if (await model.available()) await model.detect(new Float32Array(DETECTOR_FRAME), undefined);
    },
  };
}

function primary(language: string): string {
  return language.trim().toLowerCase().split(/[-_]/)[0] ?? '';
}
