import { NoDecoder, type PacketDecoder } from './sound.ts';

/** What Workers lack of the decoders: `imports` of package.json puts these in the place of `matroska.ts` and `mp3-packets.ts`. */

/**
 * No program decodes what it would write there; and with a writer beside its readers, the bundled library begins in an order that
 * breaks it.
 */
export async function* toMatroska(): AsyncGenerator<Uint8Array, void, void> {
  yield* []; // it is a generator as the other is
  throw new NoDecoder();
}

/** mpg123 compiles WebAssembly while it runs, which Workers forbid. */
export async function createMp3Decoder(): Promise<PacketDecoder> {
  throw new NoDecoder();
}
