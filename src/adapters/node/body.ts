import type { IncomingMessage } from 'node:http';
import type { OnReadOpts, Socket } from 'node:net';
import type { Readable } from 'node:stream';

const readables = new WeakMap<ReadableStream, Readable>();

/** The Node stream behind a body of `webBody`, from which nothing but what was read is gone. */
export function readableOf(body: ReadableStream): Readable | undefined {
  return readables.get(body);
}

/**
 * A web stream over a Node stream, which it asks for one chunk for each one it is asked for. Unlike `Readable.toWeb` it
 * never reads ahead and leaves no listener behind, so that between two reads the Node stream can be taken over.
 */
export function webBody(
  readable: Readable,
  cancel = () => void readable.destroy(),
): ReadableStream<Uint8Array> {
  readable.on('error', () => {}); // told to whoever reads; an error that nobody hears would end the process
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await nextChunk(readable);
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
  readables.set(body, readable);
  return body;
}

/** The same of a request whose answer has still to go out over the same socket: the server sees to what nobody reads of it. */
export function requestBody(incoming: Readable): ReadableStream<Uint8Array> {
  return webBody(incoming, () => {});
}

/** Undefined at the end. @throws what broke the stream off */
function nextChunk(readable: Readable): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const chunk = readable.read() as Uint8Array | null;
      if (chunk) settle(() => resolve(chunk));
      else if (readable.readableEnded) settle(() => resolve(undefined));
      else if (readable.destroyed) settle(() => reject(readable.errored ?? new Error('The body broke off.')));
    };
    const settle = (tell: () => void): void => {
      for (const event of events) readable.off(event, look);
      tell();
    };
    const chunk = readable.read() as Uint8Array | null;
    if (chunk) return resolve(chunk);
    for (const event of events) readable.on(event, look);
    look();
  });
}

const events = ['readable', 'end', 'error', 'close'] as const;

/** As long as clients are given to read an answer that came before all of their body, and what may still come until then. */
const LINGER_MS = 5000;
const MAX_LINGER_BYTES = 64 * 2 ** 20;

/**
 * Once the answer is written, drops what the client still sends until it closes too. A socket that is closed with bytes unread
 * is reset, and a reset takes an answer away that the client has not read (RFC 9112, 9.6).
 */
export function lingerAfterAnswer(incoming: IncomingMessage): void {
  const { socket } = incoming;
  const close = socket.destroySoon.bind(socket);
  // What Node's server calls when the last answer of a socket is written.
  socket.destroySoon = () => {
    if (socket.destroyed || incoming.readableEnded) return close();
    let dropped = 0;
    const drop = (): void => {
      for (let piece = incoming.read(); piece; piece = incoming.read()) dropped += piece.length;
      if (dropped > MAX_LINGER_BYTES) close();
    };
    const timer = setTimeout(close, LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.end();
    incoming.once('end', close);
    incoming.on('readable', drop);
    drop();
  };
}

const BUFFER_BYTES = 64 * 1024;
/** 4 MB of buffers that wait to be used again. */
const MAX_SPARE = 64;
/** Smaller pieces are no burden to the garbage collector. */
const MIN_POOLED_BYTES = 16 * 1024;

const spare: ArrayBuffer[] = [];
const acquired = new WeakSet<ArrayBufferLike>();

/** What the sockets read into; emptied before the next one reads. */
const landing: Uint8Array = new Uint8Array(BUFFER_BYTES);

/**
 * For `net.connect`: Node allocates 64 KiB for each read, so a large body costs a full garbage collection for every 30 MB,
 * which took two thirds of the processor time of passing it on. Here what was read is copied into a buffer that
 * `release` may have returned. One that is never released is garbage like any other.
 */
export const pooledReads: { readonly onread: OnReadOpts } = {
  onread: {
    buffer: landing,
    callback(this: Socket, bytes: number): boolean {
      const piece = bytes < MIN_POOLED_BYTES ? Buffer.allocUnsafeSlow(bytes) : acquire(bytes);
      piece.set(landing.subarray(0, bytes));
      return this.push(piece);
    },
  },
};

function acquire(bytes: number): Buffer<ArrayBuffer> {
  const buffer = spare.pop() ?? new ArrayBuffer(BUFFER_BYTES);
  acquired.add(buffer);
  return Buffer.from(buffer, 0, bytes);
}

/** Nobody will look at `buffer` again. Does nothing for a buffer that was not acquired here. */
function release(buffer: ArrayBufferLike): void {
  if (!acquired.delete(buffer) || spare.length >= MAX_SPARE) return;
  spare.push(buffer as ArrayBuffer);
}

const unpooled = (): void => {};

interface Use {
  readonly buffer: ArrayBufferLike;
  /** Of its pieces, those that the kernel does not have yet. */
  writes: number;
  /** No more pieces of it will come. */
  isRead: boolean;
}

/**
 * For one response whose chunks come in order and are looked at by nobody else: takes each chunk, and returns what to call
 * when it was written. A buffer can hold several chunks; it goes back when a chunk of another one has come and all its own
 * are written. After an error nothing goes back.
 */
export function releaseWhenWritten(): (chunk: Uint8Array) => (error?: Error | null) => void {
  let current: Use | undefined;
  const settle = (use: Use): void => {
    if (use.isRead && use.writes === 0) release(use.buffer);
  };
  return (chunk) => {
    if (current && current.buffer !== chunk.buffer) {
      current.isRead = true;
      settle(current);
      current = undefined;
    }
    if (!acquired.has(chunk.buffer)) return unpooled; // not kept until the next one comes, which may take a while
    current ??= { buffer: chunk.buffer, writes: 0, isRead: false };
    const use = current;
    use.writes += 1;
    return (error) => {
      if (error) return;
      use.writes -= 1;
      settle(use);
    };
  };
}
