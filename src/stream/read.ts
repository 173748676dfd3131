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
  const reader = stream.getReader();
  // One growing buffer, not a list of chunks: a million one-byte chunks must not cost a million objects.
  let buffer = new Uint8Array(Math.min(FIRST_BUFFER_BYTES, limitBytes));
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { bytes: buffer.subarray(0, length), whole: true };
    const taken = value.subarray(0, limitBytes - length);
    if (length + taken.length > buffer.length) buffer = grown(buffer, length + taken.length, limitBytes);
    buffer.set(taken, length);
    length += taken.length;
    if (taken.length === value.length) continue;
    reader.cancel(new TooLarge(limitBytes)).catch(() => {}); // not awaited: a source may be slow to let go
    return { bytes: buffer.subarray(0, length), whole: false };
  }
}

const FIRST_BUFFER_BYTES = 16 * 1024;

function grown(buffer: Uint8Array, needed: number, limit: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(Math.max(needed, buffer.length * 2), limit));
  larger.set(buffer);
  return larger;
}
