import { hearingRate } from './moonshine.ts';

/** Zero crossings of the sinc on each side: enough for a transcriber. */
const crossings = 16;

/** s16le bytes at `rate` as mono float PCM at `hearingRate`, through a Hann-windowed sinc low pass. */
export function toHearing(bytes: Uint8Array, rate: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pcm = Float32Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(2 * i, true) / 32_768);
  const step = rate / hearingRate;
  const cutoff = Math.min(1, 1 / step);
  const reach = Math.ceil(crossings / cutoff);
  return Float32Array.from({ length: Math.floor(pcm.length / step) }, (_, i) => {
    const centre = i * step;
    let sum = 0;
    for (let at = Math.max(0, Math.ceil(centre - reach)); at <= centre + reach && at < pcm.length; at++) {
      sum += (pcm[at] ?? 0) * cutoff * kernel((centre - at) * cutoff);
    }
    return sum;
  });
}

function kernel(t: number): number {
  if (Math.abs(t) >= crossings) return 0;
  const sinc = t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
  return sinc * (0.5 + 0.5 * Math.cos((Math.PI * t) / crossings));
}
