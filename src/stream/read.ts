import { chunksOf } from './pull.ts';

/** More bytes came than the reader allows. */
export class TooLarge extends Error {
  readonly limitBytes: number;
  constructor(limitBytes: number) {
    super(`More than ${limitBytes} bytes.`);
    this.name = 'TooLarge';
    this.limitBytes = limitBytes;
  }
}

/**
 * All bytes of `stream`. Rejects with `TooLarge` as soon as more than `limitBytes` have come, and cancels the source
 * then; with the stream's own error when it fails.
 */
export async function readAll(
  stream: ReadableStream<Uint8Array>,
  limitBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, whole } = await readUpTo(stream, limitBytes);
  if (!whole) throw new TooLarge(limitBytes);
  return bytes;
}

/** The first `limitBytes` bytes of `stream` at most, and whether they are all of it; the rest is cancelled. */
export async function readUpTo(
  stream: ReadableStream<Uint8Array>,
  limitBytes: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; whole: boolean }> {
  const reader = chunksOf(stream);
  const store = new ByteStore();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { bytes: store.join(), whole: true };
    const taken = value.subarray(0, limitBytes - store.length);
    store.add(taken);
    if (taken.length === value.length) continue;
    reader.cancel(new TooLarge(limitBytes)).catch(() => {}); // not awaited: a source may be slow to let go
    return { bytes: store.join(), whole: false };
  }
}

/** Most requests have less than that in all. */
const FIRST_BLOCK_BYTES = 1024;
const MAX_BLOCK_BYTES = 1024 * 1024;

/**
 * Bytes that come in pieces. They are copied into blocks: a million pieces of one byte must not cost a million objects, nor
 * may a piece keep the larger buffer alive that it is a part of; and one buffer that grows would be three times as large as
 * what is in it whenever it does.
 */
export class ByteStore {
  #blocks: Uint8Array<ArrayBuffer>[] = [];
  /** Bytes of the last block that are free. */
  #free = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#free === 0) this.#grow();
      const block = this.#blocks[this.#blocks.length - 1] as Uint8Array<ArrayBuffer>;
      const piece = bytes.subarray(at, at + this.#free);
      block.set(piece, block.length - this.#free);
      this.#free -= piece.length;
      this.#length += piece.length;
      at += piece.length;
    }
  }

  /** All of them in one; the store is empty then. */
  join(): Uint8Array<ArrayBuffer> {
    const [first = new Uint8Array(0), ...more] = this.#blocks;
    const length = this.#length;
    this.#blocks = [];
    this.#free = 0;
    this.#length = 0;
    if (more.length === 0) return first.subarray(0, length);
    const joined = new Uint8Array(length);
    let at = 0;
    for (const block of [first, ...more]) {
      joined.set(block.subarray(0, length - at), at);
      at += block.length;
    }
    return joined;
  }

  #grow(): void {
    this.#free = Math.min(Math.max(this.#length, FIRST_BLOCK_BYTES), MAX_BLOCK_BYTES);
    this.#blocks.push(new Uint8Array(this.#free));
  }
}
