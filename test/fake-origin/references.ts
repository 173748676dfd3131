import type { Upload } from './bodies.ts';
import { ID, MAX_ID, type Profile } from './profiles.ts';
import { notAnUpload, parseStrings } from './schema.ts';

/** Reference voices by id, with the statuses and messages of docs/fish-speech.md, references. */
export type References = Map<string, { text: string; audio: Uint8Array }>;

export interface ReferencesReply {
  status: number;
  body: Record<string, unknown>;
}

const ALLOWED = 'Only alphanumeric, hyphens, underscores, and spaces are allowed.';
const INVALID = `Reference ID contains invalid characters. ${ALLOWED}`;
const INVALID_OR_LONG = 'Reference ID contains invalid characters or is too long';

const isBad = (id: string): boolean => !ID.test(id) || id.length > MAX_ID;

export function listReferences(store: References): ReferencesReply {
  const ids = [...store.keys()].sort((a, b) => (a < b ? -1 : 1));
  const message = `Found ${ids.length} reference voices`;
  return { status: 200, body: { success: true, reference_ids: ids, message } };
}

function addReference(store: References, body: unknown, { checksIds }: Profile): ReferencesReply {
  const { id, text } = parseStrings(body, 'id', 'text');
  const audio = (body as { audio?: unknown }).audio;
  if (typeof audio !== 'object' || audio === null || !('filename' in audio)) throw notAnUpload(audio);
  const upload = audio as Upload;
  const reply = (status: number, message: string): ReferencesReply => ({
    status,
    body: { success: status === 200, message, reference_id: id },
  });
  if (upload.bytes.length === 0) return reply(400, 'Audio file is empty or could not be read');
  if (id.trim() === '') return reply(400, 'Reference ID cannot be empty');
  if (text.trim() === '') return reply(400, 'Reference text cannot be empty');
  if (checksIds && isBad(id)) return reply(400, `${INVALID_OR_LONG}. ${ALLOWED}`);
  if (!ID.test(id)) return reply(400, INVALID);
  if (id.length > MAX_ID) return reply(400, 'Reference ID is too long. Maximum length is 255 characters.');
  if (store.has(id)) return reply(409, `Reference ID '${id}' already exists`);
  store.set(id, { text, audio: upload.bytes });
  return reply(200, `Reference voice '${id}' added successfully`);
}

function deleteReference(store: References, body: unknown, { checksIds }: Profile): ReferencesReply {
  const { reference_id: id } = parseStrings(body, 'reference_id');
  const reply = (status: number, message: string): ReferencesReply => ({
    status,
    body: { success: status === 200, message, reference_id: id },
  });
  if (id.trim() === '') return reply(400, 'Reference ID cannot be empty');
  if (checksIds && isBad(id)) return reply(400, INVALID_OR_LONG);
  if (!store.delete(id)) return reply(404, `Reference ID '${id}' not found`);
  return reply(200, `Reference voice '${id}' deleted successfully`);
}

function updateReference(store: References, body: unknown, { checksIds }: Profile): ReferencesReply {
  const read = parseStrings(body, 'old_reference_id', 'new_reference_id');
  const from = read.old_reference_id;
  const to = read.new_reference_id;
  const reply = (status: number, message: string): ReferencesReply => ({
    status,
    body: { success: status === 200, message, old_reference_id: from, new_reference_id: to },
  });
  if (from.trim() === '') return reply(400, 'Old reference ID cannot be empty');
  if (to.trim() === '') return reply(400, 'New reference ID cannot be empty');
  if (from === to) return reply(400, 'New reference ID must be different from old reference ID');
  if (checksIds && isBad(from))
    return reply(400, 'Old reference ID contains invalid characters or is too long');
  if (isBad(to)) return reply(400, 'New reference ID contains invalid characters or is too long');
  const voice = store.get(from);
  if (!voice) return reply(404, `Reference ID '${from}' not found`);
  if (store.has(to)) return reply(409, `Reference ID '${to}' already exists`);
  store.delete(from);
  store.set(to, voice);
  return reply(200, `Reference voice renamed from '${from}' to '${to}' successfully`);
}

/** The routes that change the voices: the one method each takes, and what it does. */
export const REFERENCE_ROUTES: Record<
  string,
  { allow: string; run: (s: References, b: unknown, p: Profile) => ReferencesReply }
> = {
  '/v1/references/add': { allow: 'POST', run: addReference },
  '/v1/references/delete': { allow: 'DELETE', run: deleteReference },
  '/v1/references/update': { allow: 'POST', run: updateReference },
};
