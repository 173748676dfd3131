import { number, t } from '../i18n/i18n.ts';
import { plainText } from './markdown.ts';

const MAX_MEGABYTES = 50;

/** A file that cannot be read; the message is for the user. */
class FileProblem extends Error {
  override readonly name = 'FileProblem';
}

/** The text of a .txt, .md or .epub file, chapters parted as `chaptersOf` knows them. @throws FileProblem */
export async function readTextFile(file: File): Promise<string> {
  if (file.size > MAX_MEGABYTES * 1e6)
    throw new FileProblem(t('failFileBig', { size: number(MAX_MEGABYTES) }));
  const extension = file.name.toLowerCase().split('.').at(-1) ?? '';
  const text = (await read(file, extension)).replace(/\r\n?/g, '\n').replaceAll('\0', '').trim();
  if (!/[\p{L}\p{N}]/u.test(text)) throw new FileProblem(t('failFileEmpty'));
  return text;
}

async function read(file: File, extension: string): Promise<string> {
  if (['txt', 'text'].includes(extension)) return decode(await file.arrayBuffer());
  if (['md', 'markdown'].includes(extension)) return plainText(decode(await file.arrayBuffer()));
  if (extension !== 'epub') throw new FileProblem(t('failFileType'));
  const { readEpub } = await import('./epub.ts'); // few have one
  return readEpub(new Uint8Array(await file.arrayBuffer())).catch(() => {
    throw new FileProblem(t('failFileType'));
  });
}

/** UTF-8 or UTF-16 by its mark; what is neither is Western European, as old files are. */
function decode(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes);
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
