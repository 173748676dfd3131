import { ByteStore } from '../stream/read.ts';
import { type FormEvent, readParts } from './form-parts.ts';

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
