import workletUrl from './microphone-worklet.ts?worker&url';

export interface Microphone {
  /** Samples a second. */
  readonly rate: number;
  stop(): void;
}

/**
 * Opens the microphone. `onSamples` gets mono audio about 50 times a second.
 * @throws DOMException NotAllowedError, NotFoundError
 */
export async function openMicrophone(
  onSamples: (samples: Float32Array<ArrayBuffer>) => void,
  options: { readonly isConversation: boolean },
): Promise<Microphone> {
  if (!navigator.mediaDevices) throw new DOMException('', 'NotAllowedError'); // pages without TLS have none
  const { isConversation: clean } = options; // a voice is best recorded as it is
  const audio = { channelCount: 1, echoCancellation: clean, noiseSuppression: clean, autoGainControl: clean };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const context = new AudioContext();
  const stop = (): void => {
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  };
  try {
    await context.audioWorklet.addModule(workletUrl);
    const node = new AudioWorkletNode(context, 'microphone', { numberOfOutputs: 0, channelCount: 1 });
    node.port.onmessage = ({ data }) => onSamples(data as Float32Array<ArrayBuffer>);
    context.createMediaStreamSource(stream).connect(node);
    return { rate: context.sampleRate, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** Loudness from 0 (-60 dBFS and less) to 1. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
  return Math.max(0, Math.min(1, 1 + decibels / 60));
}
