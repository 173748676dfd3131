/** Largest record in bytes of JSON: what every driver can keep. */
export const largestRecord: number = 64 * 1024;

/** A record as it is kept. @throws RangeError when it is larger than `largestRecord` */
export function recordText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  if (new TextEncoder().encode(text).byteLength > largestRecord) {
    throw new RangeError(`A record has at most ${largestRecord} bytes.`);
  }
  return text;
}
