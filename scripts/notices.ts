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

interface About {
  readonly name: string;
  readonly version: string;
  /** SPDX. */
  readonly license?: string;
  readonly homepage?: string;
  readonly repository?: string | { readonly url?: string };
}

/** The same packages in CycloneDX 1.5, for programs that look for weaknesses: the files of a bundle name none. */
export async function billOfMaterials(
  folders: readonly string[],
  { name, version }: Pick<About, 'name' | 'version'>,
): Promise<string> {
  const packages = await Promise.all(folders.map(aboutOf));
  const components = packages.map((each) => ({
    type: 'library',
    name: each.name,
    version: each.version,
    purl: `pkg:npm/${each.name.replace('@', '%40')}@${each.version}`,
    ...(each.license && { licenses: [{ expression: each.license }] }),
  }));
  const component = { type: 'application', name, version, purl: `pkg:npm/${name}@${version}` };
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component },
    components,
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

async function aboutOf(folder: string): Promise<About> {
  return JSON.parse(await readFile(new URL(`${folder}/package.json`, root), 'utf8')) as About;
}

async function noticeOf(folder: string): Promise<string> {
  const place = new URL(`${folder}/`, root);
  const about = await aboutOf(folder);
  const names = (await readdir(place)).filter((name) => licenceFile.test(name));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, place), 'utf8')));
  const { repository } = about;
  const source = (typeof repository === 'string' ? repository : repository?.url) ?? about.homepage ?? '';
  const head = `${about.name} ${about.version} (${about.license ?? 'see below'}) ${source}`.trimEnd();
  return `${'='.repeat(80)}\n${head}\n\n${texts.map((text) => text.trim()).join('\n\n')}\n`;
}
