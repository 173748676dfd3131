import { readPacked } from '#studio';
import type { PageFile, Ports } from '../../core/ports.ts';

/** The files of the web page, read when somebody asks for the first one. Where it was not built there are none. */
export function pageReader(): NonNullable<Ports['readPage']> {
  let files: Promise<ReadonlyMap<string, PageFile>> | undefined;
  return async (name) => {
    files ??= readPacked().then(unpack, () => new Map());
    return (await files).get(name);
  };
}

/** An object with a member for each file: its content, compressed, in base64. */
function unpack(text: string): ReadonlyMap<string, PageFile> {
  const entries = Object.entries(JSON.parse(text) as Record<string, string>);
  return new Map(
    entries.map(([name, content]) => [
      name,
      { bytes: new Uint8Array(Buffer.from(content, 'base64')), isGzip: true },
    ]),
  );
}
