import { OriginRefusal } from './replies.ts';
import { type Entry, entry, isMap } from './schema.ts';

function field(body: unknown, model: string, name: string): unknown {
  if (!isMap(body)) {
    const msg = `Input should be a valid dictionary or instance of ${model}`;
    throw new OriginRefusal([entry('model_type', [], msg, body, { class_name: model })]);
  }
  if (!(name in body)) throw new OriginRefusal([entry('missing', [name], 'Field required', body)]);
  return body[name];
}

/** Text counts as its UTF-8: there is no base64 here. */
export function parseAudios(body: unknown): Uint8Array[] {
  const audios = field(body, 'ServeVQGANEncodeRequest', 'audios');
  if (!Array.isArray(audios)) {
    throw new OriginRefusal([entry('list_type', ['audios'], 'Input should be a valid list', audios)]);
  }
  const wrong: Entry[] = [];
  const read = audios.map((audio: unknown, at) => {
    if (typeof audio === 'string') return new TextEncoder().encode(audio);
    if (audio instanceof Uint8Array) return audio;
    wrong.push(entry('bytes_type', ['audios', at], 'Input should be a valid bytes', audio));
    return new Uint8Array();
  });
  if (wrong.length > 0) throw new OriginRefusal(wrong);
  return read;
}

/** Upstream validates nothing of them (SkipValidation): what they are shows when they are used. */
export function parseTokens(body: unknown): number[][][] {
  return field(body, 'ServeVQGANDecodeRequest', 'tokens') as number[][][];
}
