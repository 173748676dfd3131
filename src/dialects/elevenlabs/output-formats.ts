import type { AudioFormat, Output } from '../../speech/output.ts';

/** What `output_format` means: the format, Hz, and kbit/s where the format has a bit rate. */
type Form = Pick<Output, 'format' | 'rate' | 'bitrate'>;

const pcmRates: readonly number[] = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
const bitrates: readonly number[] = [32, 64, 96, 128, 192];
const usualForm = 'mp3_44100_128';

function row(format: AudioFormat, rate: number, bitrate?: number): [string, Form] {
  return [[format, rate, bitrate].filter((part) => part !== undefined).join('_'), { format, rate, bitrate }];
}

/** `codec_rate[_bitrate]` (ElevenLabs API reference, text to speech; @elevenlabs/elevenlabs-js 2.73.0). */
const forms: ReadonlyMap<string, Form> = new Map([
  ...pcmRates.flatMap((rate) => [row('pcm', rate), row('wav', rate)]),
  row('mp3', 22_050, 32),
  row('mp3', 24_000, 48),
  ...bitrates.flatMap((bitrate) => [row('mp3', 44_100, bitrate), row('opus', 48_000, bitrate)]),
  row('mp3', 44_100), // of the WebSocket's reference
  row('ulaw', 8000),
  row('alaw', 8000),
]);

/** Undefined for a name that means no format. */
export function formOf(name: string | undefined): Form | undefined {
  return forms.get(name || usualForm);
}

export const formNames: readonly string[] = [...forms.keys()].toSorted();
