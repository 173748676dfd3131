import type { IncomingMessage } from 'node:http';
import { decode } from '@msgpack/msgpack';
import { OriginError } from './replies.ts';

/** A file part of a multipart form. */
export interface Upload {
  readonly filename: string;
  readonly bytes: Uint8Array;
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The body as kui decodes it (docs/fish-speech.md, bodies): the media type is compared exactly, parameters cut off. */
export async function decodeBody(bytes: Buffer, contentType: string, takesForms = true): Promise<unknown> {
  const media = contentType.split(';')[0]?.trim();
  if (media === 'application/msgpack') return decodeMsgpack(bytes);
  if (media === 'application/json')
    return decodeJson(bytes, /charset=([^;\s]+)/.exec(contentType)?.[1] ?? 'utf-8');
  if (takesForms && media === 'multipart/form-data') return decodeForm(bytes, contentType);
  const accept = `application/msgpack, application/json${takesForms ? ', multipart/form-data' : ''}`;
  throw new OriginError(415, null, { accept });
}

function decodeMsgpack(bytes: Buffer): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    throw new OriginError(
      500,
      bytes.length === 0 ? 'unexpected end of file' : String((error as Error).message),
    );
  }
}

function decodeJson(bytes: Buffer, charset: string): unknown {
  let text: string;
  try {
    text = new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const unknown = error instanceof RangeError;
    const message = `'utf-8' codec can't decode byte 0xff in position 0: invalid start byte`;
    throw new OriginError(500, unknown ? `unknown encoding: ${charset}` : message);
  }
  if (text.startsWith('\ufeff')) {
    throw new OriginError(400, 'Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)');
  }
  try {
    return JSON.parse(text);
  } catch {
    const inside = text.trimStart().startsWith('{');
    const message = inside
      ? 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'
      : 'Expecting value: line 1 column 1 (char 0)';
    throw new OriginError(400, message);
  }
}

const MAX_PARTS = 324;

async function decodeForm(bytes: Buffer, contentType: string): Promise<unknown> {
  if (!/boundary=/.test(contentType)) throw new OriginError(400, 'Missing boundary in header content-type');
  const headers = { 'content-type': contentType };
  const form = await new Response(new Uint8Array(bytes), { headers }).formData().catch(() => new FormData());
  const fields: Record<string, unknown> = {};
  let parts = 0;
  for (const [name, value] of form) {
    if (++parts > MAX_PARTS) throw new OriginError(413, null);
    const read =
      typeof value === 'string'
        ? value
        : ({ filename: value.name, bytes: new Uint8Array(await value.arrayBuffer()) } satisfies Upload);
    const before = fields[name];
    fields[name] = before === undefined ? read : [before, read].flat();
  }
  return fields;
}
