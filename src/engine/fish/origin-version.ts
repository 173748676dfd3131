import type { Ports } from '../../core/ports.ts';
import { fetchJson } from '../upstream/fetch-json.ts';
import type { UpstreamOptions } from '../upstream/options.ts';

/**
 * A generation of Fish-Speech's HTTP interface, named as its models are: `1.4`, `1.5`, `s1` (OpenAudio S1, the first one that
 * keeps reference voices) and `s2`. Its own version number says less: three of the four claim to be 1.5.0.
 */
export type OriginVersion = '1.4' | '1.5' | 's1' | 's2';

export interface VersionFinder {
  /** As it was found out last; undefined while nobody knows. */
  readonly known: OriginVersion | undefined;
  /** Asks where it is not known, or was found out long ago. Two seconds at most; never rejects. */
  find(): Promise<OriginVersion | undefined>;
  /** The origin was away: another one may have come back. */
  forget(): void;
}

const FIND_TIMEOUT_MS = 2000;
/** An origin is not replaced without being away, but nobody need have noticed. */
const BELIEVED_MS = 10 * 60_000;
/** Between two attempts that found nothing. */
const RETRY_MS = 10_000;
const MAX_DOCUMENT_BYTES = 256 * 1024;

/** Finds out which generation an origin is by the OpenAPI document that it serves without a key. */
export function createVersionFinder(
  options: UpstreamOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): VersionFinder {
  const { clock } = ports;
  let known: OriginVersion | undefined;
  let nextAt = Number.NEGATIVE_INFINITY;
  return {
    get known() {
      return known;
    },
    async find() {
      if (clock.now() < nextAt) return known;
      nextAt = clock.now() + RETRY_MS; // others do not wait for this attempt, and none of them begins another
      const found = await ask(options, ports).catch(() => undefined);
      if (found !== undefined) {
        known = found;
        nextAt = clock.now() + BELIEVED_MS;
      }
      return known;
    },
    forget() {
      if (known !== undefined) nextAt = Number.NEGATIVE_INFINITY;
      known = undefined;
    },
  };
}

async function ask(
  options: UpstreamOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): Promise<OriginVersion | undefined> {
  const read = { path: '/json', maxBytes: MAX_DOCUMENT_BYTES, withinMs: FIND_TIMEOUT_MS };
  return versionOf((await fetchJson(read, options, ports)) as OpenApi);
}

interface OpenApi {
  readonly paths?: Readonly<Record<string, unknown>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema | undefined>> };
}

interface Schema {
  readonly properties?: Readonly<Record<string, { readonly enum?: readonly unknown[] } | undefined>>;
}

/** By what each generation added; undefined for what is no Fish-Speech, or older than all of them. @throws where it has another shape */
function versionOf(document: OpenApi): OriginVersion | undefined {
  const paths = Object.keys(document.paths ?? {});
  const fields = document.components?.schemas?.ServeTTSRequest?.properties;
  if (!paths.includes('/v1/tts') || !fields) return undefined;
  const takes = (field: string, value: string): boolean => fields[field]?.enum?.includes(value) ?? false;
  if (paths.some((path) => path.startsWith('/v1/references/'))) return takes('format', 'opus') ? 's2' : 's1';
  return takes('use_memory_cache', 'on-demand') ? '1.4' : '1.5';
}
