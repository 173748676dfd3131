import { readdir, readFile } from 'node:fs/promises';

const root = new URL('../', import.meta.url);
const licenceFile = /^(?:licen[cs]e|copying|notice)/i;

/** Folders of the packages that files of a bundle came from, and of those that `more` names. */
export function bundledPackages(files: readonly string[], more: readonly string[]): readonly string[] {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set([...folders, ...more.map((name) => `node_modules/${name}`)])].toSorted();
}

/** The licence texts of packages that are copied into another one, which their licences ask to go with them. */
export async function noticesOf(folders: readonly string[]): Promise<string> {
  const parts = await Promise.all(folders.map(noticeOf));
  return `fish-edge contains parts of these packages, unchanged but for bundling.\n\n${parts.join('\n')}`;
}

async function noticeOf(folder: string): Promise<string> {
  const place = new URL(`${folder}/`, root);
  const about = JSON.parse(await readFile(new URL('package.json', place), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
    homepage?: string;
    repository?: string | { url?: string };
  };
  const names = (await readdir(place)).filter((name) => licenceFile.test(name));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, place), 'utf8')));
  const { repository } = about;
  const source = (typeof repository === 'string' ? repository : repository?.url) ?? about.homepage ?? '';
  const head = `${about.name} ${about.version} (${about.license ?? 'see below'}) ${source}`.trimEnd();
  return `${'='.repeat(80)}\n${head}\n\n${texts.map((text) => text.trim()).join('\n\n')}\n`;
}
