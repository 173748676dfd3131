import { DETECTOR_FRAME } from '../../recognizer/recognizer.ts';

/** What says of each frame of one microphone how likely it is speech. */
export interface FrameDetector {
  /** @param samples whole frames of `FRAME` samples, -1..1; @returns 0 to 1 for each */
  detect(samples: Float32Array): Promise<readonly number[]>;
  /** Loads what it needs, so that the first frames need not wait for it. */
  warm?(): Promise<void>;
}

/** Samples that are judged at once: 32 ms. */
export const FRAME: number = DETECTOR_FRAME;

/** dBFS. Where nothing was heard yet, a room is taken to be this quiet; a louder one is learnt. */
const QUIET_ROOM = -60;
const LOUDEST_ROOM = -30;
/** How fast a room may become louder, in dB a frame: 1.5 dB a second, so that a long word is no room. */
const ROOM_RISE = 0.05;
/** dB above the room at which speech is as likely as not, and half the range from none to certain. */
const SPEECH_ABOVE_ROOM = 12;
const SPREAD = 8;

/**
 * Judges by loudness alone, compared with the quietest that was heard: where no model runs. It takes every loud sound for speech; a
 * turn of such a sound ends without text.
 */
export function createLoudnessDetector(): FrameDetector {
  let room = QUIET_ROOM;
  const judge = (frame: Float32Array): number => {
    const level = levelOf(frame);
    room = level < room ? Math.max(QUIET_ROOM, level) : Math.min(LOUDEST_ROOM, room + ROOM_RISE);
    const above = level - room - SPEECH_ABOVE_ROOM;
    return Math.min(1, Math.max(0, 0.5 + above / (2 * SPREAD)));
  };
  return {
    async detect(samples) {
      return framesOf(samples).map(judge);
    },
  };
}

/** So quiet a frame is no speech: nobody needs to be asked. */
const SILENCE_LEVEL = -65;

/** What judges several frames by a model whose state the caller keeps. */
export interface DetectorModel {
  detect(
    samples: Float32Array,
    state: Float32Array | undefined,
  ): Promise<{ readonly probabilities: readonly number[]; readonly state: Float32Array }>;
}

/** Judges by a model, and by loudness while that fails. */
export function createModelDetector(model: DetectorModel): FrameDetector {
  const loudness = createLoudnessDetector();
  let state: Float32Array | undefined;
  return {
    async detect(samples) {
      const byLoudness = await loudness.detect(samples);
      if (framesOf(samples).every((frame) => levelOf(frame) < SILENCE_LEVEL)) return byLoudness.map(() => 0);
      try {
        const judged = await model.detect(samples, state);
        state = judged.state;
        return judged.probabilities;
      } catch {
        state = undefined;
        return byLoudness;
      }
    },
  };
}

function framesOf(samples: Float32Array): Float32Array[] {
  const frames: Float32Array[] = [];
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) frames.push(samples.subarray(at, at + FRAME));
  return frames;
}

/** Root mean square in dBFS. */
function levelOf(frame: Float32Array): number {
  let sum = 0;
  for (const sample of frame) sum += sample * sample;
  return 10 * Math.log10(sum / frame.length + 1e-12);
}
