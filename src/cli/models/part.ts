import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../adapters/local/make-folder.ts';
import type { Pin } from '../../engine/onnx/packs/pack.ts';
import { onDisk, PackFailure } from './failure.ts';

/** sha256 of a file, in lower-case hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** Of a file of a catalogue that knows no sha256: enough to find what was broken on its way. */
export interface Md5Pin {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly md5: string;
}

const hashOf = (pin: Pin | Md5Pin): Hash => createHash('md5' in pin ? 'md5' : 'sha256');

/** Who began a `.part` file, so that it is only continued with bytes of the same thing. */
export interface Origin {
  readonly url: string;
  /** Strong ETag or Last-Modified, for `If-Range` (RFC 9110, 13.1.5). */
  readonly validator: string;
}

/**
 * A file on its way in: `<target>.part`, hashed while it is written, renamed to `target` once its size and hash are
 * the pinned ones. Until then nothing is ever called `target`.
 */
export class Part {
  readonly target: string;
  readonly pin: Pin | Md5Pin;
  /** Bytes written so far. */
  done = 0;
  #handle: FileHandle | undefined;
  #hash: Hash;

  constructor(target: string, pin: Pin | Md5Pin) {
    this.target = target;
    this.pin = pin;
    this.#hash = hashOf(pin);
  }

  get #path(): string {
    return `${this.target}.part`;
  }

  get #originPath(): string {
    return `${this.target}.part.json`;
  }

  /** Continues what an earlier run left; resolves to its origin, or undefined when there is nothing to continue. */
  async resume(): Promise<Origin | undefined> {
    return onDisk(this.target, async () => {
      this.done = 0;
      this.#hash = hashOf(this.pin);
      const origin = await readFile(this.#originPath, 'utf8').then(parseOrigin, () => undefined);
      if (!origin) return undefined;
      this.#handle = await open(this.#path, 'r+').catch(() => undefined);
      const size = (await this.#handle?.stat())?.size ?? 0;
      if (size === 0 || size > this.pin.bytes) {
        await this.close();
        return undefined;
      }
      for await (const chunk of createReadStream(this.#path, { end: size - 1 })) {
        this.#hash.update(chunk as Uint8Array);
      }
      this.done = size;
      return origin;
    });
  }

  /** Starts from nothing. With an origin the file can be continued by a later run. */
  async restart(origin?: Origin): Promise<void> {
    await onDisk(this.target, async () => {
      await this.close();
      await makeFolder(dirname(this.target));
      await rm(this.#originPath, { force: true });
      this.#handle = await open(this.#path, 'w');
      this.#hash = hashOf(this.pin);
      this.done = 0;
      if (origin) await writeFile(this.#originPath, JSON.stringify(origin));
    });
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.done + chunk.length > this.pin.bytes) await this.#refuse(`more than ${this.pin.bytes} bytes`);
    await onDisk(this.target, async () => {
      let at = 0;
      while (at < chunk.length) {
        const { bytesWritten } = await this.#opened().write(chunk, at, chunk.length - at, this.done + at);
        at += bytesWritten;
      }
    });
    this.#hash.update(chunk);
    this.done += chunk.length;
  }

  /** Verifies and puts the file in its place. A wrong one is deleted. */
  async finish(): Promise<void> {
    if (this.done !== this.pin.bytes) await this.#refuse(`${this.done} bytes instead of ${this.pin.bytes}`);
    const found = this.#hash.digest('hex');
    const [name, pinned] = 'md5' in this.pin ? ['md5', this.pin.md5] : ['sha256', this.pin.sha256];
    if (found !== pinned) await this.#refuse(`${name} ${found} instead of ${pinned}`);
    await onDisk(this.target, async () => {
      await this.#opened().sync();
      await this.close();
      await rename(this.#path, this.target);
      await rm(this.#originPath, { force: true });
    });
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.#path, { force: true });
    await rm(this.#originPath, { force: true });
  }

  #opened(): FileHandle {
    if (!this.#handle) throw new Error('part is not open');
    return this.#handle;
  }

  async #refuse(what: string): Promise<never> {
    await this.remove();
    throw new PackFailure('wrong-content', `not the file fish-edge knows (${what}); it was deleted`);
  }
}

function parseOrigin(text: string): Origin | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { url, validator } = value as Partial<Origin>;
    return typeof url === 'string' && typeof validator === 'string' ? { url, validator } : undefined;
  } catch {
    return undefined;
  }
}
