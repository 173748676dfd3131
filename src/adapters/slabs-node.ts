import type { OnReadOpts, Socket } from 'node:net';

const SLAB_BYTES = 64 * 1024;
/** 4 MB of buffers that wait to be used again. */
const MOST_SPARE = 64;
/** Smaller pieces are no burden to the garbage collector. */
const SMALLEST_LENT = 16 * 1024;

const spare: ArrayBuffer[] = [];
const lent = new WeakSet<ArrayBufferLike>();

/** What the sockets read into; emptied before the next one reads. */
const landing: Uint8Array = new Uint8Array(SLAB_BYTES);

/**
 * For `net.connect`: Node allocates 64 KiB for each read, so a large body costs a full garbage collection for every 30 MB,
 * which took two thirds of the processor time of passing it on. Here what was read is copied into a buffer that
 * `giveBack` may have returned. One that is never given back is garbage like any other.
 */
export const intoSlabs: { readonly onread: OnReadOpts } = {
  onread: {
    buffer: landing,
    callback(this: Socket, bytes: number): boolean {
      const piece = bytes < SMALLEST_LENT ? Buffer.allocUnsafeSlow(bytes) : lend(bytes);
      piece.set(landing.subarray(0, bytes));
      return this.push(piece);
    },
  },
};

function lend(bytes: number): Buffer<ArrayBuffer> {
  const slab = spare.pop() ?? new ArrayBuffer(SLAB_BYTES);
  lent.add(slab);
  return Buffer.from(slab, 0, bytes);
}

/** Nobody will look at `slab` again. Does nothing for a buffer that was not lent here. */
function giveBack(slab: ArrayBufferLike): void {
  if (!lent.delete(slab) || spare.length >= MOST_SPARE) return;
  spare.push(slab as ArrayBuffer);
}

interface Use {
  readonly slab: ArrayBufferLike;
  /** Of its pieces, those that the kernel does not have yet. */
  writes: number;
  /** No more pieces of it will come. */
  isRead: boolean;
}

/**
 * For one response whose chunks come in order and are looked at by nobody else: takes each chunk, and returns what to call
 * when it was written. A slab can hold several chunks; it goes back when a chunk of another one has come and all its own
 * are written. After an error nothing goes back.
 */
export function followSlabs(): (chunk: Uint8Array) => (error?: Error | null) => void {
  let current: Use | undefined;
  const settle = (use: Use): void => {
    if (use.isRead && use.writes === 0) giveBack(use.slab);
  };
  return (chunk) => {
    if (current && current.slab !== chunk.buffer) {
      current.isRead = true;
      settle(current);
      current = undefined;
    }
    current ??= { slab: chunk.buffer, writes: 0, isRead: false };
    const use = current;
    use.writes += 1;
    return (error) => {
      if (error) return;
      use.writes -= 1;
      settle(use);
    };
  };
}
