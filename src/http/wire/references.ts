import { z } from 'zod';
import type { Reference } from '../../speech/request.ts';
import type { Limits } from '../options.ts';
import { textField } from './fields.ts';

const maxTranscript = 4096;

/** Inline voice samples: bytes (msgpack, form file) or base64 of any flavour (JSON). */
export function referencesField(limits: Limits): z.ZodType<readonly Reference[]> {
  const tooMany = `references must have at most ${limits.maxReferences} items`;
  return z
    .array(z.unknown(), { error: 'references must be a list' })
    .max(limits.maxReferences, { error: tooMany })
    .transform((items, context) => {
      const references: Reference[] = [];
      for (const [index, item] of items.entries()) {
        const result = oneReference(`references[${index}]`, limits).safeParse(item);
        if (result.success) references.push(result.data);
        else context.addIssue(result.error.issues[0]?.message ?? 'references is invalid');
      }
      return references;
    });
}

function oneReference(name: string, limits: Limits): z.ZodType<Reference> {
  return z.object(
    {
      audio: z.unknown().transform((value, context) => {
        const audio = toBytes(value);
        if (!audio) context.addIssue(`${name}.audio must be audio bytes or base64`);
        else if (audio.length === 0) context.addIssue(`${name}.audio must not be empty`);
        else if (audio.length > limits.maxReferenceBytes) {
          context.addIssue(`${name}.audio must have at most ${limits.maxReferenceBytes} bytes`);
        } else return audio;
        return z.NEVER;
      }),
      text: textField(`${name}.text`, maxTranscript),
    },
    { error: `${name} must have audio and text` },
  );
}

/** Standard or URL-safe base64, padded or not, with or without a data: prefix. */
function toBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') return undefined;
  const base64 = value
    .replace(/^data:[^,]{0,128},/, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
