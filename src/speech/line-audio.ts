import { createResampler } from '../audio/dsp/resample.ts';
import { createEncoder } from '../audio/formats.ts';
import { createG711Decoder, G711_RATE } from '../audio/g711.ts';
import type { PcmFilter } from '../audio/pcm.ts';
import { wavHeader } from '../audio/wav.ts';
import { joinBytes } from '../core/bytes.ts';
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

/** What came over the line, as a WAV file. */
export function lineFile(format: LineFormat, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const pcm = isG711(format) ? createG711Decoder(format)(bytes) : bytes;
  const rate = isG711(format) ? G711_RATE : LINE_RATE;
  return joinBytes([wavHeader({ rate, channels: 1, dataBytes: pcm.length }), pcm]);
}

/** Makes what goes over the line of mono PCM at `LINE_RATE`. */
export async function createLineOutput(format: LineFormat, wasm: Ports['wasm']): Promise<LineAudio> {
  return createEncoder({ format, rate: LINE_RATE, channels: 1 }, wasm);
}
