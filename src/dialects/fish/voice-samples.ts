import * as z from 'zod';
import { firstIssue } from '../../core/first-issue.ts';
import type { Reference } from '../../core/request.ts';
import { audioField } from '../../http/audio-bytes.ts';
import { MAX_TRANSCRIPT } from '../../http/body-limits.ts';
import { textField } from '../../http/fields.ts';
import type { Limits } from '../../http/options.ts';

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
        else context.addIssue(firstIssue(result.error).message);
      }
      return references;
    });
}

function oneReference(name: string, limits: Limits): z.ZodType<Reference> {
  return z.object(
    {
      audio: audioField(`${name}.audio`, limits.maxReferenceBytes),
      text: textField(`${name}.text`, MAX_TRANSCRIPT),
    },
    { error: `${name} must have audio and text` },
  );
}
