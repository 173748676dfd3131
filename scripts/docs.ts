import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configTable } from './config-table.ts';
import { licenceList } from './licences.ts';

/** Generated parts of the documentation: `npm run docs` writes them, `npm test` fails when they are stale. */
const parts: readonly { readonly file: string; readonly name: string; readonly make: () => string }[] = [
  { file: 'docs/configuration.md', name: 'settings', make: configTable },
  { file: 'docs/licences.md', name: 'licences', make: licenceList },
];

/** Each file as it should be. */
export function generatedDocs(): { path: string; now: string; wanted: string }[] {
  return parts.map(({ file, name, make }) => {
    const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
    const now = readFileSync(path, 'utf8');
    const [begin, end] = [`<!-- ${name}: made by npm run docs -->`, `<!-- end of ${name} -->`];
    const [from, to] = [now.indexOf(begin), now.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${file} lacks the marks for ${name}`);
    return { path, now, wanted: `${now.slice(0, from)}${begin}\n\n${make()}\n\n${now.slice(to)}` };
  });
}

if (import.meta.main) for (const { path, wanted } of generatedDocs()) writeFileSync(path, wanted);
