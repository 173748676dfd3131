import { pullStream } from '../stream/pull.ts';

/** The longest input of OpenAI's, 4096 characters, at 44.1 kHz. */
const MAX_ANSWER_BYTES = 24 * 1024 * 1024;

/** Bytes of PCM that all answers together may hold for a client that has not had them yet; shared and changed by them. */
interface HeldBytes {
  left: number;
}

const everybody: HeldBytes = { left: 64 * 1024 * 1024 };

/** Tells when a speech that began in the cache goes beyond it. */
export class CacheMisses {
  isMissed = false;
  /** Resolves at the first one. */
  readonly first: Promise<void>;
  readonly tell: () => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.first = promise;
    this.tell = () => {
      this.isMissed = true;
      resolve();
    };
  }
}

/** A body, and its length in bytes where all of it was there without waiting. */
export interface Counted {
  readonly body: ReadableStream<Uint8Array>;
  readonly length?: number | undefined;
}

/**
 * Reads `pcm` ahead to its end, so that its length is known before its first byte is sent: for speech that is replayed from a cache.
 * Ends that at once when `missed` settles, as the rest has to be made, and when there is more than may be held: then what was
 * read goes first, the rest as it comes, and the length is unknown.
 */
export async function countKept(
  pcm: ReadableStream<Uint8Array>,
  missed: Promise<void>,
  held: HeldBytes = everybody,
): Promise<Counted> {
  const reader = pcm.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let length: number | undefined;
  const read = (): ReturnType<typeof reader.read> => {
    const reading = reader.read();
    reading.catch(() => {}); // told when its turn comes
    return reading;
  };
  const free = (): Uint8Array | undefined => {
    const chunk = chunks.shift();
    held.left += chunk?.length ?? 0;
    return chunk;
  };
  const release = async (): Promise<void> => {
    while (free()) {}
    await reader.cancel().catch(() => {}); // harmless on a body that has ended
  };
  let next = read();
  try {
    while (bytes < MAX_ANSWER_BYTES && held.left > 0) {
      const result = await Promise.race([missed, next]);
      if (!result) break;
      if (result.done) {
        length = bytes;
        break;
      }
      chunks.push(result.value);
      bytes += result.value.length;
      held.left -= result.value.length;
      next = read();
    }
  } catch (error) {
    await release();
    throw error;
  }
  const body = pullStream(async function* () {
    for (let chunk = free(); chunk; chunk = free()) yield chunk;
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      yield value;
      next = read();
    }
  }, release);
  return { body, length };
}
