import { NoDecoder } from './sound.ts';

/**
 * In place of `matroska.ts` on Workers (`imports` of package.json), where no program decodes what it would write: with a writer
 * beside its readers, the bundled library begins in an order that breaks it.
 */
export async function* toMatroska(): AsyncGenerator<Uint8Array, void, void> {
  yield* []; // it is a generator as the other is
  throw new NoDecoder();
}
