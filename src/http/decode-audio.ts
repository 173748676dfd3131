import type { Turns } from '../stream/turns.ts';
import { dataPrefixOf, toBytes } from './audio-bytes.ts';

/** Characters of base64 that are decoded at once: some milliseconds. A multiple of four. */
const SLICE = 1024 * 1024;
const CHARACTERS_PER_QUANTUM = 4;
const BYTES_PER_QUANTUM = 3;

/**
 * Decodes the long base64 of a body's audio fields in turns with others: 10 MiB take 30 ms and more in one go. What is no
 * plain base64 stays as it is, for the parser of its field to decode or to refuse.
 */
export async function decodeAudio(fields: unknown, turns: Turns): Promise<void> {
  if (!isRecord(fields)) return;
  const { audios, references } = fields;
  if (Array.isArray(audios)) await decodeEach(audios, audios.keys(), turns);
  for (const holder of [fields, ...(Array.isArray(references) ? references : [])])
    if (isRecord(holder)) await decodeEach(holder, ['audio'], turns);
}

async function decodeEach<Name extends string | number>(
  holder: Record<Name, unknown>,
  names: Iterable<Name>,
  turns: Turns,
): Promise<void> {
  for (const name of names) {
    const value = holder[name];
    if (typeof value === 'string' && value.length > SLICE) {
      holder[name] = (await decodeLong(value, turns)) ?? value;
    }
  }
}

async function decodeLong(text: string, turns: Turns): Promise<Uint8Array | undefined> {
  const start = dataPrefixOf(text).length;
  const bytes = new Uint8Array(Math.ceil((text.length - start) / CHARACTERS_PER_QUANTUM) * BYTES_PER_QUANTUM);
  let length = 0;
  for (let at = start; at < text.length; at += SLICE) {
    const part = await turns.run(() => toBytes(text.slice(at, at + SLICE)), 1);
    const isLast = at + SLICE >= text.length;
    // fewer bytes than a full slice has: there is white space in it, or padding
    if (!part || (!isLast && part.length !== (SLICE / CHARACTERS_PER_QUANTUM) * BYTES_PER_QUANTUM))
      return undefined;
    bytes.set(part, length);
    length += part.length;
  }
  return bytes.subarray(0, length);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
