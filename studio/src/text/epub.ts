import { strFromU8, type Unzipped, unzip } from 'fflate';
import { CHAPTER } from './chapters.ts';

/** Bytes of text that a book may unfold to: a small file may claim any size. */
const MAX_BYTES = 64 * 2 ** 20;
const blocks = 'p,h1,h2,h3,h4,h5,h6,li,blockquote,pre,dt,dd,td,figcaption';

/** The text of an EPUB (EPUB 3.3, sections 3 and 5), its documents in the order of reading. @throws for what is none */
export async function readEpub(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const files = await unpack(bytes);
  const read = (path: string, type: DOMParserSupportedType): Document => {
    const file = files[path];
    if (!file) throw new Error('a file of the book is missing');
    return new DOMParser().parseFromString(strFromU8(file), type);
  };
  const container = read('META-INF/container.xml', 'application/xml');
  const packagePath = container.querySelector('rootfile')?.getAttribute('full-path') ?? '';
  const book = read(packagePath, 'application/xml');
  const paths = new Map(
    [...book.querySelectorAll('manifest > item')].map((item) => [
      item.getAttribute('id'),
      resolve(packagePath, item.getAttribute('href') ?? ''),
    ]),
  );
  const spine = [...book.querySelectorAll('spine > itemref')].filter(
    (item) => item.getAttribute('linear') !== 'no',
  );
  return spine
    .map((item) => paths.get(item.getAttribute('idref')) ?? '')
    .filter((path) => path in files)
    .map((path) => textOf(read(path, 'text/html')))
    .filter((text) => text !== '')
    .map((text) => CHAPTER + text)
    .join('\n\n');
}

function unpack(bytes: Uint8Array<ArrayBuffer>): Promise<Unzipped> {
  let total = 0;
  const filter = ({ name, originalSize }: { name: string; originalSize: number }): boolean => {
    if (!/\.(?:xml|opf|x?html?)$/i.test(name)) return false;
    total += originalSize;
    return total <= MAX_BYTES;
  };
  return new Promise((done, fail) =>
    unzip(bytes, { filter }, (error, files) => (error ? fail(error) : done(files))),
  );
}

function textOf(document: Document): string {
  for (const element of document.querySelectorAll('script,style,nav,rt,rp')) element.remove();
  const parts = [...document.querySelectorAll(blocks)]
    .filter((element) => !element.parentElement?.closest(blocks))
    .map((element) => (element.textContent ?? '').replace(/\s+/g, ' ').trim());
  const found = parts.length > 0 ? parts : [(document.body.textContent ?? '').trim()];
  return found.filter((part) => part !== '').join('\n\n');
}

/** A path of the archive: `href` is relative to the file that names it. */
function resolve(base: string, href: string): string {
  return decodeURIComponent(new URL(href, `https://book/${base}`).pathname.slice(1));
}
