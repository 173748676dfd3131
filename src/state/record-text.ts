/** Largest record in bytes of JSON: what every driver can keep. */
export const MAX_RECORD_BYTES: number = 64 * 1024;

/** A record as it is kept. @throws RangeError when it is larger than `MAX_RECORD_BYTES` */
export function recordText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  if (new TextEncoder().encode(text).byteLength > MAX_RECORD_BYTES) {
    throw new RangeError(`A record has at most ${MAX_RECORD_BYTES} bytes.`);
  }
  return text;
}
