import * as z from 'zod';
import { invalid } from '../../core/errors.ts';
import { bytesField, notAudio } from '../../http/audio-bytes.ts';
import { looksLikeAudio } from '../../http/audio-magic.ts';
import { parseFields } from '../../http/fields.ts';
import type { Limits } from '../../http/options.ts';
import { MAX_TRANSCRIPT } from './voice-samples.ts';

/**
 * Bodies of the reference routes, in the two steps of upstream (docs/fish-speech.md, references): `parse…` has the fields
 * and their types, `check…` what upstream's handler says of their content, in its words. All throw SpeechFailure invalid_value.
 */
export type NewReference = Readonly<z.infer<ReturnType<typeof addSchema>>>;
export type Renaming = Readonly<z.infer<typeof updateSchema>>;

export function createAddParser(limits: Limits): (fields: unknown) => NewReference {
  const schema = addSchema(limits);
  return (fields) => parseFields(schema, fields);
}

export function parseDelete(fields: unknown): { readonly reference_id: string } {
  return parseFields(deleteSchema, fields);
}

export function parseUpdate(fields: unknown): Renaming {
  return parseFields(updateSchema, fields);
}

export function checkAdd({ id, text, audio }: NewReference): void {
  if (isBlank(id)) throw invalid('Reference ID cannot be empty', 'id');
  if (isBlank(text)) throw invalid('Reference text cannot be empty', 'text');
  if (text.length > MAX_TRANSCRIPT) {
    throw invalid(`Reference text is too long. Maximum length is ${MAX_TRANSCRIPT} characters.`, 'text');
  }
  if (audio.length === 0) throw invalid('Audio file is empty or could not be read', 'audio');
  if (!idRule.test(id)) {
    const allowed = 'Only alphanumeric, hyphens, underscores, and spaces are allowed.';
    throw invalid(`Reference ID contains invalid characters. ${allowed}`, 'id');
  }
  if (id.length > MAX_ID) {
    throw invalid(`Reference ID is too long. Maximum length is ${MAX_ID} characters.`, 'id');
  }
  if (!looksLikeAudio(audio)) throw invalid(notAudio('audio'), 'audio');
}

export function checkDelete(id: string): void {
  if (isBlank(id)) throw invalid('Reference ID cannot be empty', 'reference_id');
  checkId('Reference ID', id, 'reference_id');
}

export function checkUpdate({ old_reference_id: from, new_reference_id: to }: Renaming): void {
  if (isBlank(from)) throw invalid('Old reference ID cannot be empty', 'old_reference_id');
  if (isBlank(to)) throw invalid('New reference ID cannot be empty', 'new_reference_id');
  if (from === to) {
    throw invalid('New reference ID must be different from old reference ID', 'new_reference_id');
  }
  checkId('Old reference ID', from, 'old_reference_id');
  checkId('New reference ID', to, 'new_reference_id');
}

/** Upstream's rule; an id is a folder there, and 80db25e checks it neither when it deletes nor when it speaks. */
const idRule = /^[a-zA-Z0-9\-_ ]+$/;
const MAX_ID = 255;

function checkId(name: string, id: string, param: string): void {
  if (!idRule.test(id) || id.length > MAX_ID) {
    throw invalid(`${name} contains invalid characters or is too long`, param);
  }
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function wordsField(name: string): z.ZodType<string> {
  return z.string({
    error: ({ input }) =>
      (input ?? undefined) === undefined ? `${name} is required` : `${name} must be a string`,
  });
}

function body<T extends z.ZodRawShape>(fields: T): z.ZodObject<T> {
  return z.object(fields, { error: 'The body must be an object.' });
}

const deleteSchema = body({ reference_id: wordsField('reference_id') });
const updateSchema = body({
  old_reference_id: wordsField('old_reference_id'),
  new_reference_id: wordsField('new_reference_id'),
});

function addSchema(limits: Limits) {
  return body({
    id: wordsField('id'),
    audio: bytesField('audio', limits.maxReferenceBytes),
    text: wordsField('text'),
  });
}
