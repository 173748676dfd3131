import { Undecodable } from './sound.ts';

/** Boxes that hold boxes, on the way to the tables (ISO 14496-12). */
const holders: ReadonlySet<string> = new Set([
  ...['moov', 'trak', 'mdia', 'minf', 'stbl', 'edts', 'moof', 'traf'],
]);
/** Tables, and the bytes of one entry. They begin with version, flags and their count. */
const tables: Readonly<Record<string, number>> = {
  stts: 8,
  ctts: 8,
  stsc: 12,
  stco: 4,
  co64: 8,
  stss: 4,
  elst: 12,
};
const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;
const TABLE_HEADER_BYTES = 8;
/** Of all boxes that are looked at. */
const MAX_BOXES = 200_000;
/** In one run of a fragment, which need not have a byte for each: three hours of AAC at 96 kHz. */
const MAX_RUN = 2 ** 20;
const MAX_DEPTH = 8;

/**
 * Refuses an MP4 or QuickTime file whose tables claim more than there is: what reads them believes their counts, and would be at it
 * for minutes.
 *
 * @throws Undecodable
 */
export function checkMp4(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let boxes = 0;
  const walk = (from: number, end: number, depth: number): void => {
    for (let at = from; at + HEADER_BYTES <= end; ) {
      if (++boxes > MAX_BOXES) throw new Undecodable(new Error('There are too many boxes.'));
      const name = nameOf(view, at + 4);
      const { body, next } = extentOf(view, at, end);
      if (holders.has(name) && depth < MAX_DEPTH) walk(body, next, depth + 1);
      else if (!isHonest(name, view, body, next)) throw new Undecodable(new Error(`${name} lies.`));
      at = next;
    }
  };
  if (nameOf(view, 4) === 'ftyp' || holders.has(nameOf(view, 4))) walk(0, bytes.length, 0);
}

/** Where a box's body begins, and where the next box does: at the latest at the end of what holds it. */
function extentOf(view: DataView, at: number, end: number): { body: number; next: number } {
  const size = view.getUint32(at);
  if (size === 1 && at + LARGE_HEADER_BYTES <= end) {
    const large = Number(view.getBigUint64(at + HEADER_BYTES));
    return { body: at + LARGE_HEADER_BYTES, next: Math.min(end, at + Math.max(large, LARGE_HEADER_BYTES)) };
  }
  const next = size === 0 ? end : at + Math.max(size, HEADER_BYTES);
  return { body: at + HEADER_BYTES, next: Math.min(end, next) };
}

function isHonest(name: string, view: DataView, body: number, end: number): boolean {
  const room = end - body - TABLE_HEADER_BYTES;
  if (name === 'trun') return room >= 0 && view.getUint32(body + 4) <= MAX_RUN;
  if (name === 'stsz') return hasRoomForSizes(view, body, end);
  const entryBytes = tables[name];
  if (entryBytes === undefined) return true;
  if (room < 0) return false;
  const count = view.getUint32(body + 4);
  if (count * entryBytes > room) return false;
  if (name === 'stts') return sum(view, body + TABLE_HEADER_BYTES, count, entryBytes) <= view.byteLength;
  if (name === 'stsc') return sum(view, body + TABLE_HEADER_BYTES + 4, count, entryBytes) <= view.byteLength;
  return true;
}

/** Sizes of samples: one for all, or one each. Every sample has a byte in the file. */
function hasRoomForSizes(view: DataView, body: number, end: number): boolean {
  const room = end - body - TABLE_HEADER_BYTES - 4;
  if (room < 0) return false;
  const [size, count] = [view.getUint32(body + 4), view.getUint32(body + 8)];
  return size === 0 ? count * 4 <= room : count * size <= view.byteLength;
}

function sum(view: DataView, from: number, count: number, step: number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += view.getUint32(from + index * step);
  return total;
}

function nameOf(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return '';
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)));
}
