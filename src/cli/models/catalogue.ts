import * as z from 'zod';
import { firstIssue } from '../../core/first-issue.ts';
import { describe, PackFailure } from './failure.ts';
import { watch } from './idle-timer.ts';
import { fetchThroughProxy, type PullOptions } from './install.ts';
import { defaultDeadlines } from './source.ts';

/** The published one has 300 kB. */
const MAX_CATALOGUE_BYTES = 8 * 1024 * 1024;
const MAX_VOICES = 5000;

const name = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}_.+-]{0,99}$/u);
/** Below the catalogue's folder, and nowhere else. */
const path = z.string().regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\p{L}\p{N}_.+-][\p{L}\p{N}_.+/-]{0,299}$/u);
const file = z.object({
  size_bytes: z.int().positive().max(Number.MAX_SAFE_INTEGER),
  md5_digest: z.string().regex(/^[0-9a-f]{32}$/),
});

/** `voices.json` of rhasspy/piper-voices. */
const catalogue = z.record(
  name,
  z.object({
    key: name,
    language: z.object({
      code: z.string().max(35),
      name_english: z.string().max(100).default(''),
      country_english: z.string().max(100).default(''),
    }),
    quality: z.string().max(32),
    num_speakers: z.int().min(1).max(10_000),
    files: z.record(path, file),
    aliases: z.array(name).max(50).default([]),
  }),
);

export type CatalogueVoice = z.infer<typeof catalogue>[string];

export interface CataloguePlace {
  /** A folder, without a slash at its end. */
  readonly url: string;
}

/** Every voice there is. @throws PackFailure where it cannot be had or is no catalogue */
export async function fetchCatalogue(
  { url }: CataloguePlace,
  options: PullOptions & { readonly signal: AbortSignal },
): Promise<readonly CatalogueVoice[]> {
  const address = `${url}/voices.json`;
  const { connect, idle } = options.deadlines ?? defaultDeadlines;
  const timer = watch(options.signal, connect, new URL(url).host);
  try {
    const fetchVia = options.fetch ?? (await fetchThroughProxy(options.env ?? process.env));
    const response = await fetchVia(address, { signal: timer.signal });
    if (!response.ok || !response.body) throw new Error(`answered ${response.status}`);
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of response.body) {
      timer.kick(idle);
      bytes += part.length;
      if (bytes > MAX_CATALOGUE_BYTES) throw new Error(`has more than ${MAX_CATALOGUE_BYTES / 2 ** 20} MiB`);
      parts.push(part);
    }
    return readCatalogue(Buffer.concat(parts).toString());
  } catch (error) {
    if (options.signal.aborted) throw new PackFailure('cancelled', 'Stopped; nothing was added.');
    const reason = timer.signal.aborted ? timer.signal.reason : error;
    throw new PackFailure(
      'unreachable',
      `The catalogue of voices cannot be had: ${address}: ${describe(reason)}`,
      error,
    );
  } finally {
    timer.stop();
  }
}

function readCatalogue(json: string): readonly CatalogueVoice[] {
  const parsed = catalogue.safeParse(parseJson(json));
  if (!parsed.success) {
    const { path: where, message } = firstIssue(parsed.error);
    throw new Error(`is no catalogue of Piper voices (${where.join('.')}: ${message})`);
  }
  const voices = Object.values(parsed.data);
  if (voices.length > MAX_VOICES) throw new Error(`has more than ${MAX_VOICES} voices`);
  return voices;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error('is no JSON');
  }
}

/** The voice of that name or alias, in any case. @throws PackFailure that names some that are like it */
export function findInCatalogue(asked: string, voices: readonly CatalogueVoice[]): CatalogueVoice {
  const plain = asked.toLowerCase();
  const found = voices.find(({ key, aliases }) =>
    [key, ...aliases].some((each) => each.toLowerCase() === plain),
  );
  if (found) return found;
  const parts = plain.split(/[-_]/).filter((part) => part.length > 1);
  const near = voices
    .map(({ key }) => key)
    .filter((key) => parts.some((part) => key.toLowerCase().split(/[-_]/).includes(part)));
  const hint = near.length > 0 ? ` Like it: ${near.slice(0, 5).join(', ')}.` : '';
  throw new PackFailure('wrong-content', `There is no voice ${asked.slice(0, 80)} in the catalogue.${hint}`);
}
