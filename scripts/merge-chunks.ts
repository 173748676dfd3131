import { basename } from 'node:path';
import type { BuildOptions, Metafile, OnLoadResult, OnResolveResult, Plugin } from 'esbuild';
import { build } from 'esbuild';

type Outputs = Metafile['outputs'];

/** A bundle of many chunks, in memory: text of each file by its name. */
export interface Chunks {
  readonly outputs: Outputs;
  readonly texts: ReadonlyMap<string, string>;
}

/** What is loaded whole when a program starts: a name, and the sources that it begins with. Those named `entries` stay files of their own. */
export interface Starts {
  readonly entries: readonly string[];
  readonly sources: Readonly<Record<string, readonly string[]>>;
}

/** What every file of the bundle may import for its own `require`. */
export const requireModule = 'fish-edge:require';
const requireText = `import { createRequire } from 'node:module';
export const require = createRequire(import.meta.url);`;

/**
 * esbuild cuts a chunk for each set of imports that share code: with a hundred modules loaded on demand that is two hundred files at each start, and
 * Node takes longer to find them than to run them. Here the chunks that the same programs load at their start become one file; what is loaded on
 * demand stays apart. Writes into `options.outdir`; no code is copied, so that each module still exists once.
 */
export async function mergeChunks(chunks: Chunks, starts: Starts, options: BuildOptions): Promise<Metafile> {
  const groups = groupsOf(chunks.outputs, starts);
  const groupOf = new Map([...groups].flatMap(([group, names]) => names.map((name) => [name, group])));
  const outputs = Object.entries(chunks.outputs).map(([path, output]) => ({ name: basename(path), output }));
  const exportsOf = new Map(outputs.map(({ name, output }) => [name, output.exports]));
  const kept = outputs.filter(({ name, output }) => !groupOf.has(name) || output.entryPoint !== undefined);
  const entries = [...groups.keys(), ...kept.map(({ name }) => name)];
  const { metafile } = await build({
    ...options,
    metafile: true,
    entryPoints: entries.map((name) => ({ in: name, out: basename(name, '.js') })),
    bundle: true,
    plugins: [pluginOf(chunks, groups, groupOf, exportsOf)],
  });
  return metafile;
}

/** Names of chunks by the file that they go to, each after those that it imports. */
function groupsOf(outputs: Outputs, { entries, sources }: Starts): ReadonlyMap<string, readonly string[]> {
  const startsOf = new Map<string, string[]>();
  for (const [start, roots] of Object.entries({ command: entries, ...sources }))
    for (const path of withImports(
      outputs,
      roots.map((source) => chunkOf(outputs, source)),
    ))
      startsOf.set(path, [...(startsOf.get(path) ?? []), start]);
  for (const entry of entries) startsOf.delete(chunkOf(outputs, entry));
  const files = Map.groupBy(startsOf, ([, [first, ...more]]) =>
    first === 'command' ? 'start-command.js' : `start-${[first, ...more].join('-')}.js`,
  );
  return new Map([...files].map(([file, paths]) => [file, paths.map(([path]) => basename(path))]));
}

function chunkOf(outputs: Outputs, source: string): string {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === source);
  if (!found) throw new Error(`${source} is no entry of the bundle.`);
  return found[0];
}

/** These chunks and all that they import without being asked, in the order in which they run. */
export function withImports(outputs: Outputs, roots: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visited = new Set<string>();
  const visit = (path: string): void => {
    if (visited.has(path)) return;
    visited.add(path);
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && !external) visit(imported);
    found.add(path);
  };
  roots.forEach(visit);
  return found;
}

function pluginOf(
  { texts }: Chunks,
  groups: ReadonlyMap<string, readonly string[]>,
  groupOf: ReadonlyMap<string, string>,
  exportsOf: ReadonlyMap<string, readonly string[]>,
): Plugin {
  /** What a chunk exports goes out of its file by a name that no other chunk has, and comes in by its own. */
  const exported = (chunk: string, way: 'in' | 'out'): string => {
    const prefix = basename(chunk, '.js').replaceAll(/\W/g, '_');
    const names = exportsOf.get(chunk) ?? [];
    return names
      .map((name) => (way === 'out' ? `${name} as ${prefix}$${name}` : `${prefix}$${name} as ${name}`))
      .join();
  };
  const resolve = (path: string, importer: string, kind: string): OnResolveResult => {
    if (kind === 'entry-point') return { path, namespace: groupOf.has(path) ? 'link' : 'chunk' };
    if (path === requireModule) return { path, namespace: 'require', sideEffects: false };
    const name = basename(path);
    if (!path.startsWith('./')) return { external: true, path };
    const group = groupOf.get(name);
    if (!group || kind === 'dynamic-import' || groups.has(name)) return { external: true, path };
    if (groups.has(importer) || groupOf.get(importer) === group) return { path: name, namespace: 'chunk' };
    return { path: name, namespace: 'link' };
  };
  const load = (name: string): OnLoadResult => {
    const members = groups.get(name);
    if (!members) return { contents: texts.get(name) ?? '', loader: 'js' };
    const lines = members.map((chunk) => `export {${exported(chunk, 'out')}} from './${chunk}';`);
    return { contents: lines.join('\n'), loader: 'js' };
  };
  return {
    name: 'merge-chunks',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /./ }, ({ path, importer, kind }) => resolve(path, importer, kind));
      onLoad({ filter: /./, namespace: 'chunk' }, ({ path }) => load(path));
      onLoad({ filter: /./, namespace: 'link' }, ({ path }) => ({
        contents: `export {${exported(path, 'in')}} from './${groupOf.get(path)}';`,
        loader: 'js',
      }));
      onLoad({ filter: /./, namespace: 'require' }, () => ({ contents: requireText, loader: 'js' }));
    },
  };
}
