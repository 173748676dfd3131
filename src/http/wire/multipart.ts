/** Fields of one form; an honest one has about a dozen. */
const maxFields = 256;
const referenceField = /^references(?:\[(\d{1,3})\]\[(audio|text)\]|\.(\d{1,3})\.(audio|text))$/;

/**
 * A multipart form (RFC 7578) as the object its JSON form would be: `references[0][audio]` and `references.0.text` nest,
 * files become bytes, texts stay texts, a repeated name becomes a list. Upstream has no nesting in forms; this is how
 * fish-edge adds it.
 *
 * @throws Error when the form cannot be parsed or has too many fields
 */
export async function decodeMultipart(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<Record<string, unknown>> {
  const form = await new Response(bytes, { headers: { 'content-type': contentType } }).formData();
  const entries = [...form.entries()] as [string, string | Blob][];
  if (entries.length > maxFields) throw new Error('too many form fields');
  const fields = new Map<string, unknown>();
  const references = new Map<number, Record<string, unknown>>();
  for (const [name, value] of entries) {
    const content = typeof value === 'string' ? value : new Uint8Array(await value.arrayBuffer());
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
