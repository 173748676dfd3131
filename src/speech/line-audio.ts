import { createResampler } from '../audio/dsp/resample.ts';
import { createEncoder } from '../audio/formats.ts';
import { createG711Decoder, G711_RATE } from '../audio/g711.ts';
import type { PcmFilter } from '../audio/pcm.ts';
import { LISTENING_RATE } from '../core/conversation.ts';
import type { Ports } from '../core/ports.ts';

/** How audio comes and goes over the socket of a conversation: PCM at 24 kHz, or G.711 at 8 kHz; mono. */
export type LineFormat = 'pcm' | 'ulaw' | 'alaw';

/** Samples a second of PCM on the line, s16le. */
export const LINE_RATE = 24_000;

/** Turns audio of one form into another. */
export type LineAudio = PcmFilter;

const isG711 = (format: LineFormat): format is 'ulaw' | 'alaw' => format !== 'pcm';

/** Bytes that a second takes. */
export function lineBytesPerSecond(format: LineFormat): number {
  return isG711(format) ? G711_RATE : 2 * LINE_RATE;
}

/** Makes what is listened to of what comes over the line. @param resample the module of `Ports.wasm` */
export function createLineInput(format: LineFormat, resample: WebAssembly.Module): LineAudio {
  if (!isG711(format)) return createResampler(LINE_RATE, LISTENING_RATE, 1, resample);
  const decode = createG711Decoder(format);
  const resampler = createResampler(G711_RATE, LISTENING_RATE, 1, resample);
  return {
    push: (bytes) => resampler.push(decode(bytes)),
    end: () => resampler.end(),
    close: () => resampler.close(),
  };
}

/** Makes what goes over the line of mono PCM at `LINE_RATE`. */
export async function createLineOutput(format: LineFormat, wasm: Ports['wasm']): Promise<LineAudio> {
  return createEncoder({ format, rate: LINE_RATE, channels: 1 }, wasm);
}
