import type { DialectDeps } from '../../http/options.ts';
import { fileNames, type TtsQuery } from './query-fields.ts';

/** Which query a file of the query API stands for. A name says it to everybody alike: see docs/decisions/0025. */
export interface FileNameBook {
  /** The name of what `query` asks for; remembered for a while where a `client` made it. */
  nameOf(query: TtsQuery, client: string | undefined): Promise<string>;
  /** What `client` means by a name; undefined for one that was not given out lately. */
  meant(name: string, client: string): Promise<TtsQuery | undefined>;
}

export function createFileNames({ state, links }: Pick<DialectDeps, 'state' | 'links'>): FileNameBook {
  const { blobs } = state;
  const forAll = (name: string): string => `audio-name/${name}`;
  const forClient = (name: string, client: string): string => `audio-name/${name}/${client}`;
  const remember = (key: string, query: TtsQuery): Promise<void> =>
    blobs.put(key, new TextEncoder().encode(JSON.stringify(query)), { maxAgeMs: links.maxAgeMs });
  return {
    async nameOf(query, client) {
      const { own, mistaken } = await fileNames(query);
      if (client === undefined) return own;
      await remember(forAll(own), query);
      // Whoever works out the name by itself gets what it asked for last.
      if (mistaken !== undefined) await remember(forClient(mistaken, client), query);
      else if (query.speed.startsWith('very_')) await blobs.delete(forClient(own, client));
      return own;
    },
    async meant(name, client) {
      const found = (await blobs.get(forClient(name, client))) ?? (await blobs.get(forAll(name)));
      return found && (JSON.parse(new TextDecoder().decode(found.bytes)) as TtsQuery);
    },
  };
}
