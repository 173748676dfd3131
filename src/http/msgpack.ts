import { decode } from '@msgpack/msgpack';

/** Nesting that a speech request can need: body, references, one reference, plus room. */
const MAX_DEPTH = 8;
/** Elements of one array or map; an honest request has a few dozen. */
const USUAL_ITEMS = 4096;

/**
 * Decodes one msgpack value (https://github.com/msgpack/msgpack/blob/master/spec.md).
 *
 * A walk over the bytes comes first, because a decoder allocates what a header announces: five bytes can ask for an
 * array of four billion. The walk allocates nothing, and refuses deep nesting, long collections, lengths beyond the end,
 * extension types (no Fish client sends any) and trailing bytes.
 *
 * @param maxItems elements of one array or map
 * @throws Error for anything that is not one well-formed value within the limits
 */
export function decodeMsgpack(bytes: Uint8Array, maxItems: number = USUAL_ITEMS): unknown {
  const end = skipValue({ bytes, maxItems }, 0, 0);
  if (end !== bytes.length) throw new Error('bytes after the msgpack value');
  return decode(bytes, { maxExtLength: 0, useBigInt64: false });
}

interface Walk {
  readonly bytes: Uint8Array;
  readonly maxItems: number;
}

/** Where the value at `at` ends. */
function skipValue(walk: Walk, at: number, depth: number): number {
  const { bytes } = walk;
  if (depth > MAX_DEPTH) throw new Error('msgpack nested too deeply');
  const type = byteAt(bytes, at);
  const next = at + 1;
  if (type <= 0x7f || type >= 0xe0 || (type >= 0xc2 && type <= 0xc3) || type === 0xc0) return next;
  if (type <= 0x8f) return skipItems(walk, next, (type & 0x0f) * 2, depth);
  if (type <= 0x9f) return skipItems(walk, next, type & 0x0f, depth);
  if (type <= 0xbf) return within(bytes, next + (type & 0x1f));
  const fixed = fixedSizes[type];
  if (fixed !== undefined) return within(bytes, next + fixed);
  const width = lengthWidths[type];
  if (width === undefined) throw new Error('msgpack type not allowed');
  const length = readLength(bytes, next, width);
  const start = next + width;
  if (type >= 0xde) return skipItems(walk, start, length * 2, depth);
  if (type >= 0xdc) return skipItems(walk, start, length, depth);
  return within(bytes, start + length);
}

function skipItems(walk: Walk, at: number, count: number, depth: number): number {
  if (count > walk.maxItems) throw new Error('msgpack collection too long');
  let position = at;
  for (let item = 0; item < count; item++) position = skipValue(walk, position, depth + 1);
  return position;
}

/** Payload bytes of float 32/64, uint 8..64 and int 8..64. */
const fixedSizes: Readonly<Record<number, number>> = {
  202: 4,
  203: 8,
  204: 1,
  205: 2,
  206: 4,
  207: 8,
  208: 1,
  209: 2,
  210: 4,
  211: 8,
};
/** Bytes of the length field of bin 8..32, str 8..32, array 16/32 and map 16/32. */
const lengthWidths: Readonly<Record<number, 1 | 2 | 4>> = {
  196: 1,
  197: 2,
  198: 4,
  217: 1,
  218: 2,
  219: 4,
  220: 2,
  221: 4,
  222: 2,
  223: 4,
};

function readLength(bytes: Uint8Array, at: number, width: number): number {
  let length = 0;
  for (let index = 0; index < width; index++) length = length * 256 + byteAt(bytes, at + index);
  return length;
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new Error('msgpack ends too early');
  return byte;
}

function within(bytes: Uint8Array, end: number): number {
  if (end > bytes.length) throw new Error('msgpack ends too early');
  return end;
}
