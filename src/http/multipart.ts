import { invalid } from '../core/errors.ts';
import { ByteStore } from '../stream/read.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const referenceField = /^references(?:\[(\d{1,3})\]\[(audio|text)\]|\.(\d{1,3})\.(audio|text))$/;

/**
 * A multipart form (RFC 7578) as the object its JSON form would be: `references[0][audio]` and `references.0.text` nest,
 * files become bytes, texts stay texts, a repeated name becomes a list. Upstream has no nesting in forms; this is how
 * fish-edge adds it.
 *
 * @throws SpeechFailure `invalid_value` when the form is cut, broken or has too many parts
 */
export async function decodeMultipart(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
): Promise<Record<string, unknown>> {
  const fields = new Map<string, unknown>();
  const references = new Map<number, Record<string, unknown>>();
  for await (const [name, content] of entriesOf(readParts(body, boundary))) {
    const [, bracketed, inBrackets, dotted, afterDot] = referenceField.exec(name) ?? [];
    const index = bracketed ?? dotted;
    const member = inBrackets ?? afterDot;
    if (index === undefined || member === undefined) {
      fields.set(name, fields.has(name) ? [fields.get(name), content].flat() : content);
      continue;
    }
    const reference = references.get(Number(index)) ?? {};
    reference[member] = content;
    references.set(Number(index), reference);
  }
  if (references.size > 0) {
    const inOrder = [...references.entries()].sort(([a], [b]) => a - b);
    fields.set(
      'references',
      inOrder.map(([, item]) => item),
    );
  }
  return Object.fromEntries(fields); // defines members, so that `__proto__` is one like the others
}

async function* entriesOf(
  events: AsyncIterable<FormEvent>,
): AsyncGenerator<[name: string, content: string | Uint8Array], void, void> {
  const store = new ByteStore();
  let part: (FormEvent & { kind: 'part' }) | undefined;
  for await (const event of events) {
    if (event.kind === 'part') part = event;
    else if (event.kind === 'data') store.add(event.bytes);
    else if (part) yield [part.name, part.isFile ? store.join() : utf8.decode(store.join())];
  }
}

/** What a multipart form (RFC 7578) is made of, in order. */
export type FormEvent =
  /** A part begins. `head` is its header block, without the empty line. */
  | { readonly kind: 'part'; readonly name: string; readonly isFile: boolean; readonly head: Uint8Array }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' };

/** An honest form has a dozen; one with as many voice samples as a setting allows has two parts for each. */
const MAX_PARTS = 256;
const MAX_HEAD_BYTES = 8 * 1024;
const MAX_NAME_LENGTH = 256;
/** Spaces behind a boundary (RFC 2046, 5.1.1); nobody sends any. */
const MAX_PADDING = 64;
const CR = 13;
const NEAR = 32;
const encoder = new TextEncoder();
const headEnd: Uint8Array = encoder.encode('\r\n\r\n');
const broken = 'Invalid multipart body';

/** The boundary of a `multipart/form-data` content type; undefined when it is none. */
export function boundaryOf(contentType: string): string | undefined {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))/i.exec(
      contentType.trim(),
    ) ?? [];
  return quoted ?? plain;
}

/**
 * The parts of a form while it arrives: nothing is kept but what may be a boundary.
 * @throws SpeechFailure `invalid_value` when the form is cut, broken or has too many parts
 */
export async function* readParts(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<FormEvent, void, void> {
  const source = new Scanner(body);
  const delimiter = encoder.encode(`\r\n--${boundary}`);
  try {
    source.pretend(encoder.encode('\r\n')); // the first boundary may stand at the very beginning
    for await (const _ of source.until(delimiter)); // what stands before it means nothing
    for (let parts = 0; !(await source.isClosing()); parts++) {
      if (parts === MAX_PARTS) throw invalid('The form has too many fields.');
      const head = await source.takeUntil(headEnd, MAX_HEAD_BYTES);
      yield describe(head);
      for await (const bytes of source.until(delimiter)) yield { kind: 'data', bytes };
      yield { kind: 'end' };
    }
    await source.drain();
  } finally {
    await source.letGo();
  }
}

function describe(head: Uint8Array): FormEvent {
  const text = new TextDecoder().decode(head);
  const disposition = /(?:^|\r\n)content-disposition:[ \t]*form-data((?:;|[ \t])[^\r\n]*)/i.exec(text)?.[1];
  const name = /;[ \t]*name=(?:"([^"]*)"|([^\s;"]+))/i.exec(disposition ?? '');
  const [, quoted, plain] = name ?? [];
  const given = quoted ?? plain;
  if (!disposition || given === undefined || given.length > MAX_NAME_LENGTH) throw invalid(broken);
  return {
    kind: 'part',
    name: given,
    isFile: /;[ \t]*filename\*?=/i.test(disposition),
    head,
  };
}

/** Looks for byte sequences in a stream. */
class Scanner {
  readonly #source: AsyncIterator<Uint8Array>;
  /** Arrived and not given out yet. */
  #held: Uint8Array = new Uint8Array(0);

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#source = body[Symbol.asyncIterator]();
  }

  pretend(bytes: Uint8Array): void {
    this.#held = bytes;
  }

  /** Everything in front of `mark`, as it arrives; goes on behind it. */
  async *until(mark: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const safe = find(this.#held, mark);
      if (safe > 0) yield this.#held.subarray(0, safe);
      this.#held = this.#held.subarray(safe);
      if (this.#held.length >= mark.length) break;
      await this.#more();
    }
    this.#held = this.#held.subarray(mark.length);
  }

  /** @throws SpeechFailure when `mark` does not come within `limit` bytes */
  async takeUntil(mark: Uint8Array, limit: number): Promise<Uint8Array> {
    const taken = new ByteStore();
    for await (const bytes of this.until(mark)) {
      if (taken.length + bytes.length > limit) throw invalid(broken);
      taken.add(bytes);
    }
    return taken.join();
  }

  /** After a boundary: whether it was the last one. A line's end stands behind any other. */
  async isClosing(): Promise<boolean> {
    while (this.#held.length < 2) await this.#more();
    const [first, second] = this.#held;
    if (first === 0x2d && second === 0x2d) return true;
    for (let at = 0; at <= MAX_PADDING; at++) {
      while (this.#held.length < at + 2) await this.#more();
      const byte = this.#held[at];
      if (byte === CR && this.#held[at + 1] === 10) {
        // The line's end stays: a part without headers has its empty line right here.
        this.#held = this.#held.subarray(at);
        return false;
      }
      if (byte !== 0x20 && byte !== 0x09) break;
    }
    throw invalid(broken);
  }

  /** Takes what is left: a runtime may not tell that a client has left as long as something of its body is unread. */
  async drain(): Promise<void> {
    while (!(await this.#source.next()).done);
  }

  /** Nothing more is read. */
  async letGo(): Promise<void> {
    await this.#source.return?.();
  }

  /** What is held is never longer than what is looked for, so that joining costs the same however small the pieces are. */
  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done) throw invalid(broken);
    if (next.value.length === 0) return;
    if (this.#held.length === 0) {
      this.#held = next.value;
      return;
    }
    const joined = new Uint8Array(this.#held.length + next.value.length);
    joined.set(this.#held);
    joined.set(next.value, this.#held.length);
    this.#held = joined;
  }
}

/** Where `mark`, which begins with a line's end, stands in `bytes` or may begin at their end; their length when nowhere. */
function find(bytes: Uint8Array, mark: Uint8Array): number {
  for (let at = nextReturn(bytes, 0); at >= 0; at = nextReturn(bytes, at + 1)) {
    const length = Math.min(mark.length, bytes.length - at);
    let same = 1;
    while (same < length && bytes[at + same] === mark[same]) same++;
    if (same === length) return at;
  }
  return bytes.length;
}

/** A search costs as much as looking at a few dozen bytes, and a body may be made of nothing but line ends. */
function nextReturn(bytes: Uint8Array, from: number): number {
  for (let at = from; at < from + NEAR; at++) if (bytes[at] === CR) return at;
  return bytes.indexOf(CR, from + NEAR);
}
