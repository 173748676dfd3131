import { ClientGone } from './cancel.ts';

type Generate = (signal: AbortSignal) => AsyncGenerator<Uint8Array, void, void>;

/** What the streams that `pullStream` made hand out. */
const sources = new WeakMap<ReadableStream<Uint8Array>, ChunkReader>();

/**
 * A byte stream that makes each chunk only when it is asked for one. Nothing is read ahead.
 *
 * `generate` gets a signal that aborts when the reader cancels, so that a pending wait can end; `release` runs exactly
 * once however the stream ends (finish, error or cancel), also when no chunk was ever asked for.
 */
export function pullStream(
  generate: Generate,
  release: () => void | Promise<void> = () => {},
): ReadableStream<Uint8Array> {
  const source = new PullSource(generate, release);
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await source.step();
          if (source.isGone) return;
          if (value) controller.enqueue(value);
          if (done) controller.close();
        } catch (error) {
          controller.error(error);
        }
      },
      cancel: (reason) => source.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  sources.set(stream, source);
  return stream;
}

/**
 * A reader of `stream`, which is locked from now on. What `pullStream` made is read at its source: each layer of
 * `ReadableStream` costs a tenth or so of the rate at which a large body passes, and within the server nothing needs one. At
 * most one read at a time.
 */
export function chunksOf(stream: ReadableStream<Uint8Array>): ChunkReader {
  const reader = stream.getReader();
  return sources.get(stream) ?? reader;
}

class PullSource implements ChunkReader {
  readonly #generate: Generate;
  readonly #release: () => void | Promise<void>;
  #left: AbortController | undefined; // made late: many a stream is opened and moved in another way
  #chunks: AsyncGenerator<Uint8Array, void, void> | undefined;
  #released = false;
  #failure: { readonly error: unknown } | undefined;
  #endRead = (): void => {};
  isGone = false;

  constructor(generate: Generate, release: () => void | Promise<void>) {
    this.#generate = generate;
    this.#release = release;
  }

  read(): Promise<Chunk> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    if (this.#released) return Promise.resolve({ done: true });
    return new Promise((resolve, reject) => {
      this.#endRead = () => resolve({ done: true });
      this.step().then(resolve, reject);
    });
  }

  /** The next chunk. Once it was cancelled it may still come. */
  async step(): Promise<Chunk> {
    if (!this.#chunks) {
      this.#left = new AbortController();
      this.#chunks = this.#generate(this.#left.signal);
    }
    try {
      const value = await nextFilled(this.#chunks);
      if (value) return { done: false, value };
      await this.#end();
      return { done: true };
    } catch (error) {
      await this.#end();
      if (this.isGone) return { done: true };
      this.#failure = { error };
      throw error;
    }
  }

  async cancel(reason?: unknown): Promise<void> {
    this.isGone = true;
    this.#endRead();
    if (!this.#released) this.#left?.abort(new ClientGone(reason)); // else it has ended, and nobody waits
    try {
      await this.#end(); // before return(): a generator that waits for its source only goes on once the source is let go
    } finally {
      await this.#chunks?.return();
    }
  }

  async #end(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    await this.#release();
  }
}

/** Skips empty chunks: an empty chunk ends an HTTP/1.1 chunked body on some runtimes. */
async function nextFilled(chunks: AsyncGenerator<Uint8Array, void, void>): Promise<Uint8Array | undefined> {
  for (;;) {
    const { done, value } = await chunks.next();
    if (done) return undefined;
    if (value.length > 0) return value;
  }
}

export type Chunk =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value?: Uint8Array | undefined };

/** What is needed of the reader of a stream. */
export interface ChunkReader {
  read(): Promise<Chunk>;
  cancel(reason?: unknown): Promise<void>;
}

/** A reader of a body that the runtime made. */
export interface BodyReader extends ChunkReader {
  releaseLock(): void;
}

/** A reader of a body that the runtime made, in the way that suits it. */
export function bodyReader(body: ReadableStream<Uint8Array>, isSized: boolean | undefined): BodyReader {
  return isSized ? sizedReader(body) : body.getReader();
}

const MIN_BYTES = 4096;
const MAX_BYTES = 64 * 1024;

/**
 * Reads a byte stream into buffers that fit what comes: a runtime that chooses the buffer itself may hold 64 KiB for each
 * stream that waits, which is most of what a slow one costs (Deno 2.9: 76 KB of live memory, 18 KB this way).
 *
 * @throws TypeError when `source` is no byte stream
 */
export function sizedReader(source: ReadableStream<Uint8Array>): BodyReader {
  const reader = source.getReader({ mode: 'byob' });
  let bytes = MIN_BYTES;
  const fit = (chunk: Chunk): Chunk => {
    const came = chunk.value?.length ?? 0;
    if (came === bytes) bytes = Math.min(bytes * 2, MAX_BYTES);
    else if (came < bytes / 4) bytes = Math.max(bytes / 2, MIN_BYTES);
    return chunk;
  };
  return {
    read: () => reader.read(new Uint8Array(bytes)).then(fit),
    cancel: (reason) => reader.cancel(reason),
    releaseLock: () => reader.releaseLock(),
  };
}
