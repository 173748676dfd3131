export interface Page {
  readonly serial: number;
  readonly sequence: number;
  readonly granule: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly sumIsRight: boolean;
  readonly packets: readonly Uint8Array[];
}

/** The pages of an Ogg file whose packets all end on their page (RFC 3533, section 6). */
export function readPages(file: Uint8Array): Page[] {
  const pages: Page[] = [];
  for (let at = 0; at < file.length; ) {
    const view = new DataView(file.buffer, file.byteOffset + at);
    if (view.getUint32(0) !== 0x4f676753) throw new Error(`no page at ${at}`);
    const lacing = file.subarray(at + 27, at + 27 + view.getUint8(26));
    const bytes = 27 + lacing.length + lacing.reduce((sum, length) => sum + length, 0);
    pages.push({
      serial: view.getUint32(14, true),
      sequence: view.getUint32(18, true),
      granule: Number(view.getBigInt64(6, true)),
      first: (view.getUint8(5) & 2) !== 0,
      last: (view.getUint8(5) & 4) !== 0,
      sumIsRight: sumOf(file.slice(at, at + bytes)) === view.getUint32(22, true),
      packets: packetsOf(file.subarray(at + 27 + lacing.length, at + bytes), lacing),
    });
    at += bytes;
  }
  return pages;
}

function packetsOf(body: Uint8Array, lacing: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let [from, at] = [0, 0];
  for (const length of lacing) {
    at += length;
    if (length === 255) continue;
    packets.push(body.subarray(from, at));
    from = at;
  }
  return packets;
}

/** Bit by bit, as the standard puts it. */
function sumOf(page: Uint8Array): number {
  page.fill(0, 22, 26);
  let sum = 0;
  for (const byte of page) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  }
  return sum >>> 0;
}
