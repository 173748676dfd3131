import { invalid, SpeechFailure } from '../core/errors.ts';
import type { CalledType } from '../speech/voice-recording.ts';
import { ByteStore } from '../stream/read.ts';
import { turnsOf } from '../stream/turns.ts';
import { dataPrefixOf, toBytes } from './audio-bytes.ts';
import { decodeAudio, readJsonBody } from './body.ts';
import { atMost, MAX_OTHER_FIELDS, MAX_TRANSCRIPT, textBytes } from './body-limits.ts';
import { boundaryOf, readParts } from './multipart.ts';
import type { DialectDeps } from './options.ts';
import { arriving, bodyRules } from './receive.ts';

const BASE64_GROWTH = 4 / 3;

/** A file of a form. */
export interface UploadedFile {
  /** Name of the form's field. */
  readonly field: string;
  readonly bytes: Uint8Array;
  /** What its sender calls it: its media type and its name. */
  readonly called: readonly CalledType[];
}

/** What came to make a voice of. */
export interface VoiceUpload {
  /** Of a form all are texts; a repeated one is a list. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly files: readonly UploadedFile[];
}

/**
 * A body with recordings: a form, or JSON with base64 in `reference`.
 * @param client whose share of what is being received it takes
 * @throws SpeechFailure for another content type, what is too large, and more than one file of a name that takes one
 */
export async function readVoiceUpload(
  request: Request,
  options: Pick<DialectDeps, 'limits' | 'readTimeout' | 'ports' | 'receiving'>,
  client: string,
  accepted: 'form' | 'form or JSON',
): Promise<VoiceUpload> {
  const { limits, ports } = options;
  const largest = limits.maxReferenceBytes * BASE64_GROWTH + textBytes(MAX_TRANSCRIPT) + MAX_OTHER_FIELDS;
  const rules = bodyRules(options, atMost(limits, largest));
  const contentType = request.headers.get('content-type') ?? '';
  if (/^multipart\/form-data\b/i.test(contentType.trim())) {
    const boundary = boundaryOf(contentType);
    if (boundary === undefined) throw invalid('Invalid multipart body');
    return readForm(arriving(request, rules, client), boundary, limits.maxReferenceBytes);
  }
  if (accepted === 'form' || !/^application\/json\b/i.test(contentType.trim())) {
    const accept = accepted === 'form' ? 'multipart/form-data' : 'multipart/form-data, application/json';
    throw new SpeechFailure({ code: 'unsupported_media_type', accept });
  }
  const body = await readJsonBody(request, rules, client);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('The body must be an object.');
  const { reference, ...fields } = body as Record<string, unknown>;
  const called =
    typeof reference === 'string' ? /^data:([^;,]{1,64})/.exec(dataPrefixOf(reference))?.[1] : undefined;
  const holder = { reference };
  await decodeAudio(holder, turnsOf(ports.clock));
  if (holder.reference === undefined || holder.reference === null) return { fields, files: [] };
  const bytes = toBytes(holder.reference);
  if (!bytes) throw invalid('reference must be base64', 'reference');
  checkSize('reference', bytes.length, limits.maxReferenceBytes);
  return { fields, files: [{ field: 'reference', bytes, called: [called] }] };
}

async function readForm(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  maxFileBytes: number,
): Promise<VoiceUpload> {
  const fields = new Map<string, unknown>();
  const files: UploadedFile[] = [];
  const store = new ByteStore();
  let part: { readonly name: string; readonly isFile: boolean; readonly head: Uint8Array } | undefined;
  for await (const event of readParts(body, boundary)) {
    if (event.kind === 'part') part = event;
    else if (event.kind === 'data') {
      if (part?.isFile) checkSize(part.name, store.length + event.bytes.length, maxFileBytes);
      store.add(event.bytes);
    } else if (part?.isFile) {
      files.push({ field: part.name, bytes: store.join(), called: calledIn(part.head) });
    } else if (part) {
      const text = new TextDecoder().decode(store.join());
      fields.set(part.name, fields.has(part.name) ? [fields.get(part.name), text].flat() : text);
    }
  }
  return { fields: Object.fromEntries(fields), files };
}

function checkSize(name: string, bytes: number, max: number): void {
  if (bytes <= max) return;
  const message = `${name} must have at most ${max} bytes`;
  throw new SpeechFailure({ code: 'request_too_large', message });
}

/** The media type and the file name of a part, where it has them. */
function calledIn(head: Uint8Array): readonly CalledType[] {
  const text = new TextDecoder().decode(head);
  const type = /(?:^|\r\n)content-type:[ \t]*([^\r\n;]{1,100})/i.exec(text)?.[1];
  const name = /;[ \t]*filename=(?:"([^"\r\n]*)"|([^\s;"]+))/i.exec(text);
  return [type, name?.[1] ?? name?.[2]];
}
