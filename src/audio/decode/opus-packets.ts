import { BYTES_PER_SAMPLE, toInt16 } from '../pcm.ts';
import { type CodecHandle, type LibraryAbi, shareLibrary, standaloneImports } from '../wasm/wasm-library.ts';
import { type PacketDecoder, Undecodable } from './sound.ts';

type Call = 'size' | 'init' | 'decode' | 'malloc' | 'free';

/** libopus as @evan/opus 1.0.3 exports it. */
const OPUS: LibraryAbi<Call> = {
  memory: 'memory',
  start: '_initialize',
  functions: {
    size: 'opus_decoder_get_size',
    init: 'opus_decoder_init',
    decode: 'opus_decode',
    malloc: 'malloc',
    free: 'free',
  },
  imports: standaloneImports,
};

const takeHandle: (module: WebAssembly.Module) => CodecHandle<Call> = shareLibrary(OPUS);

/** Opus decodes to any of its rates, and to mono, by itself. */
const RATE = 16_000;
const OPUS_CLOCK = 48_000;
/** A packet holds at most 120 ms (RFC 6716, section 3.2.5) and the longest there is has 3 x 1275 bytes and a header. */
const MAX_FRAMES = (RATE * 120) / 1000;
const MAX_BYTES = 16_384;
/** Of `OpusHead` (RFC 7845, section 5.1). */
const CHANNELS_AT = 9;
const PRE_SKIP_AT = 10;
const FAMILY_AT = 18;
const HEAD_BYTES = 19;

/** Opus of one or two channels to mono at 16 kHz. @throws Undecodable for more channels */
export function createOpusDecoder(head: Uint8Array | undefined, module: WebAssembly.Module): PacketDecoder {
  const known = head !== undefined && head.length >= HEAD_BYTES ? head : undefined;
  if (known && ((known[CHANNELS_AT] ?? 0) > 2 || known[FAMILY_AT] !== 0)) throw new Undecodable();
  const { library, leave } = takeHandle(module);
  const { call } = library;
  const context = library.reserve(call.size(1));
  const input = library.reserve(MAX_BYTES);
  const output = library.reserve(MAX_FRAMES * BYTES_PER_SAMPLE);
  call.init(context, RATE, 1);
  const preSkip = known ? (known[PRE_SKIP_AT] ?? 0) + 256 * (known[PRE_SKIP_AT + 1] ?? 0) : 0;
  let skip = Math.round((preSkip * RATE) / OPUS_CLOCK);
  return {
    rate: RATE,
    decode(packet) {
      if (packet.length > MAX_BYTES) throw new Undecodable();
      library.put(packet, input);
      const frames = call.decode(context, input, packet.length, output, MAX_FRAMES, 0);
      if (frames < 0) throw new Undecodable(new Error(`The Opus decoder failed with code ${frames}.`));
      const samples = toInt16(library.copy(output, frames * BYTES_PER_SAMPLE));
      const left = Math.min(skip, samples.length);
      skip -= left;
      return samples.subarray(left);
    },
    free() {
      for (const address of [context, input, output]) call.free(address);
      leave();
    },
  };
}
