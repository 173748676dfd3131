import { ID, isDecodable, MAX_ID, type Profile } from './profiles.ts';
import type { References } from './references.ts';
import { OriginError } from './replies.ts';
import type { ServeTtsRequest } from './schema.ts';

const MAX_FILE_NAME_BYTES = 255;
const BYTES_PER_SECOND = 44_100 * 2;
const FRAMES_PER_SECOND = 21.53;
const MAX_PROMPT_TOKENS = 2048;
/** Of its tokenizer a word has about one token; a voice without a name of its own counts as none. */
const BYTES_PER_TOKEN = 4;

const failed = (): OriginError => new OriginError(500, 'Failed to generate speech');

/**
 * Puts the voice of a request before its text, as the engine does once the request has its turn: `references/<id>` is made
 * where it does not exist (so that an unknown voice is spoken by the default one), its recordings are decoded, and all of it
 * must fit the model's context. Answers the failure of a request that a client has made wrong.
 */
export function promptFailure(
  asked: ServeTtsRequest,
  store: References,
  { checksIds, hasReferences }: Profile,
): OriginError | undefined {
  const { reference_id: id } = asked;
  if (id !== null) {
    if (checksIds && (!ID.test(id) || id.length > MAX_ID)) return failed();
    if (Buffer.byteLength(id) > MAX_FILE_NAME_BYTES)
      return hasReferences
        ? failed()
        : new OriginError(500, `[Errno 36] File name too long: 'references/${id}'`);
  }
  const stored = id === null ? undefined : store.get(id);
  const voice = stored ? [stored] : id === null ? asked.references : [];
  if (!voice.every(({ audio }) => isDecodable(audio))) return failed();
  const tokens = voice.reduce((sum, each) => sum + tokensOf(each.text) + framesOf(each.audio), 0);
  const all = Math.ceil(tokens + tokensOf(asked.text));
  if (all > MAX_PROMPT_TOKENS)
    return new OriginError(500, `Prompt is too long: ${all} > ${MAX_PROMPT_TOKENS}`);
  return undefined;
}

const tokensOf = (text: string): number => Buffer.byteLength(text) / BYTES_PER_TOKEN;
const framesOf = (audio: Uint8Array): number => (audio.length / BYTES_PER_SECOND) * FRAMES_PER_SECOND;
