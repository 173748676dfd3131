import type { Clock } from '../core/ports.ts';
import { ClientGone } from './cancel.ts';
import { anywhere, type IoContext, IoContextLost } from './io-context.ts';
import type { ChunkReader } from './pull.ts';
import { chunksOf, pullStream } from './pull.ts';
import { inGroups } from './turns.ts';

export interface ReplayOptions {
  /**
   * Bytes that are kept. As long as all there was fits, anybody can join and nobody waits for anybody. Beyond it the door
   * is closed, and the source is read no further than this ahead of the slowest reader.
   */
  readonly maxBytes: number;
  /** Reads the source as fast as it speaks, also when nobody asks for more; else no faster than its fastest reader. */
  readonly eager?: boolean | undefined;
  /** Called once, when nobody can join any more. */
  readonly onShut?: (() => void) | undefined;
  /** Called with all of it, once the source has ended well, if everybody could have joined until then. */
  readonly onComplete?: ((bytes: readonly Uint8Array[]) => void) | undefined;
  /** Called once, when the source is over: `whole`, or broken off, or cancelled. */
  readonly onEnd?: ((whole: boolean) => void) | undefined;
  /** Where the source is read; anywhere by default. */
  readonly ioContext?: IoContext | undefined;
  /** Lets the loop turn while many readers are served. */
  readonly clock?: Clock | undefined;
}

/** Even, so that chunks never part a frame; and tiny chunks of a source cost no object each. */
const BLOCK_BYTES = 64 * 1024;

interface Reader {
  /** Bytes handed out. */
  at: number;
  gone: { readonly reason: unknown } | undefined;
  wake: (() => void) | undefined;
}

/**
 * One source, heard from its first byte by any number of readers, each at its own pace. The last reader that leaves
 * cancels the source; one that takes nothing while the buffer is full holds up the others, so readers need an end to
 * their patience of their own (`conduit`). A source that breaks does so for every reader, after what came before.
 */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #source: ChunkReader;
  readonly #ioContext: IoContext;
  #isEager: boolean;
  /** Present where somebody asked for all of it. */
  #whole: PromiseWithResolvers<readonly Uint8Array[] | undefined> | undefined;
  readonly #readers = new Set<Reader>();
  /** Those who wait for more. Counted, as everything that is done for each reader must not look at all of them. */
  #waiting = 0;
  /** What the slowest readers have had, and how many they are. */
  #least = 0;
  #atLeast = 0;
  /** The bytes from `#dropped` on, all but the last block full. */
  #blocks: Uint8Array[] = [];
  /** Bytes that no reader needs any more; a multiple of the block size. */
  #dropped = 0;
  #length = 0;
  #ended = false;
  #failure: unknown;
  #reading = false;
  #shut = false;

  constructor(source: ReadableStream<Uint8Array>, options: ReplayOptions) {
    this.#options = options;
    this.#source = chunksOf(source);
    this.#isEager = options.eager ?? false;
    this.#ioContext = options.ioContext ?? anywhere;
  }

  /** Whether somebody can still join. */
  get isOpen(): boolean {
    return !this.#shut;
  }
  /** Memory taken by what is kept. */
  get heldBytes(): number {
    return this.#blocks.length * BLOCK_BYTES;
  }

  /** Closes the door: what all readers have had is forgotten from now on. */
  shut(): void {
    if (this.#shut) return;
    this.#shut = true;
    this.#options.onShut?.();
  }

  /**
   * All of it, as soon as it is there: from now on the source is read as fast as it speaks. Undefined where it breaks off, or its
   * beginning is forgotten by then.
   */
  whole(): Promise<readonly Uint8Array[] | undefined> {
    this.#isEager = true;
    this.#readOn();
    if (this.#ended || this.#failure !== undefined) return Promise.resolve(this.#all());
    this.#whole ??= Promise.withResolvers();
    return this.#whole.promise;
  }

  /**
   * A reader's own stream, from the first byte on. Its chunks are views of what all hear, and are only read: a thousand readers
   * hold no more of the sound than one. @throws Error when the door is closed
   */
  join(signal?: AbortSignal): ReadableStream<Uint8Array> {
    if (this.#shut) throw new Error('This stream can be joined no more.');
    const reader: Reader = { at: 0, gone: undefined, wake: undefined };
    this.#readers.add(reader);
    if (this.#least === 0) this.#atLeast += 1;
    else this.#measure();
    const leave = (): void => {
      reader.gone ??= { reason: signal?.reason }; // the error is made where it is thrown: most leave at the end
      signal?.removeEventListener('abort', leave);
      this.#leave(reader);
    };
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
    this.#readOn();
    return pullStream(() => this.#replay(reader), leave);
  }

  async *#replay(reader: Reader): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      if (reader.gone) throw new ClientGone(reader.gone.reason);
      if (reader.at < this.#length) {
        const chunk = this.#slice(reader.at);
        this.#advance(reader, reader.at + chunk.length);
        this.#makeRoom();
        yield chunk;
      } else if (this.#failure !== undefined) {
        throw this.#failure;
      } else if (this.#ended) {
        return;
      } else {
        const woken = new Promise<void>((resolve) => {
          reader.wake = resolve;
        });
        this.#waiting += 1;
        this.#readOn();
        const stopWatching = this.#ioContext.watch(() => this.#fail(new IoContextLost()));
        await woken;
        stopWatching();
      }
    }
  }

  /** Keeps one read of the source under way while somebody wants more and there is room. */
  #readOn(): void {
    if (this.#reading || this.#ended || this.#failure !== undefined || this.#readers.size === 0) return;
    if (!this.#isEager && this.#waiting === 0) return;
    if (this.#length - this.#least >= this.#options.maxBytes) return;
    this.#reading = true;
    this.#ioContext.run(() => this.#read());
  }

  async #read(): Promise<void> {
    try {
      const { done, value } = await this.#source.read();
      if (done) this.#complete();
      else this.#keep(value);
      const waking = this.#waiting > 0 && (done || value.length > 0) ? this.#wakeAll() : undefined;
      if (waking) await waking;
      this.#reading = false;
      if (done) this.#options.onEnd?.(true); // not before all know: home may be no more after it
      this.#readOn();
    } catch (error) {
      this.#fail(error ?? new Error('The source broke.'));
    }
  }

  #complete(): void {
    this.#ended = true;
    const all = this.#all();
    if (all) this.#options.onComplete?.(all);
    this.#whole?.resolve(all);
  }

  #all(): readonly Uint8Array[] | undefined {
    if (!this.#ended || this.#shut) return undefined; // its beginning may be gone
    const used = this.#length % BLOCK_BYTES || BLOCK_BYTES;
    const last = this.#blocks.length - 1;
    return this.#blocks.map((block, at) => (at < last ? block : block.subarray(0, used)));
  }

  #fail(error: unknown): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#failure = error;
    this.shut();
    for (const reader of this.#readers) this.#wake(reader);
    this.#whole?.resolve(undefined);
    this.#options.onEnd?.(false);
  }

  async #wakeAll(): Promise<void> {
    const waiting = [...this.#readers].filter(({ wake }) => wake);
    await inGroups(waiting, this.#options.clock, (reader) => this.#wake(reader));
  }

  #wake(reader: Reader): void {
    if (!reader.wake) return;
    reader.wake();
    reader.wake = undefined;
    this.#waiting -= 1;
  }

  #keep(chunk: Uint8Array): void {
    for (let taken = 0; taken < chunk.length; ) {
      const used = this.#length % BLOCK_BYTES;
      if (used === 0) this.#blocks.push(new Uint8Array(BLOCK_BYTES));
      const part = chunk.subarray(taken, taken + BLOCK_BYTES - used);
      this.#blocks.at(-1)?.set(part, used);
      this.#length += part.length;
      taken += part.length;
    }
    if (this.#length > this.#options.maxBytes) this.shut();
  }

  #slice(at: number): Uint8Array {
    const from = at % BLOCK_BYTES;
    const block = this.#blocks[(at - from - this.#dropped) / BLOCK_BYTES] ?? new Uint8Array(0);
    return block.subarray(from, Math.min(BLOCK_BYTES, from + this.#length - at));
  }

  #advance(reader: Reader, to: number): void {
    const from = reader.at;
    reader.at = to;
    if (from === this.#least) this.#passedLeast();
  }

  #passedLeast(): void {
    this.#atLeast -= 1;
    if (this.#atLeast === 0) this.#measure();
  }

  #measure(): void {
    this.#least = this.#length;
    this.#atLeast = 0;
    for (const { at } of this.#readers) {
      if (at < this.#least) this.#atLeast = 0;
      this.#least = Math.min(this.#least, at);
      if (at === this.#least) this.#atLeast += 1;
    }
  }

  #makeRoom(): void {
    const blocks = this.#shut ? Math.floor((this.#least - this.#dropped) / BLOCK_BYTES) : 0;
    if (blocks > 0) this.#blocks = this.#blocks.slice(blocks);
    this.#dropped += Math.max(0, blocks) * BLOCK_BYTES;
    this.#readOn();
  }

  #leave(reader: Reader): void {
    if (!this.#readers.delete(reader)) return;
    this.#wake(reader);
    if (reader.at === this.#least) this.#passedLeast();
    if (this.#readers.size > 0) {
      this.#makeRoom(); // it may have been the slowest
      return;
    }
    this.shut();
    this.#blocks = [];
    this.#whole?.resolve(undefined);
    if (this.#ended || this.#failure !== undefined) return;
    this.#ioContext.run(async () => {
      await this.#source.cancel(new ClientGone()).catch(() => {});
      this.#options.onEnd?.(false);
    });
  }
}
