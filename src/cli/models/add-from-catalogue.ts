import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../adapters/local/make-folder.ts';
import { type AddedVoice, addVoice, checkId, type VoiceToAdd } from './add.ts';
import { type CataloguePlace, type CatalogueVoice, fetchCatalogue, findInCatalogue } from './catalogue.ts';
import { onDisk, PackFailure } from './failure.ts';
import { fetchThroughProxy, type PullOptions } from './install.ts';
import { withLock } from './lock.ts';
import { defaultDeadlines, type WantedFile } from './source.ts';
import { fetchFromUrl } from './url.ts';

export interface CatalogueVoiceToAdd extends Pick<VoiceToAdd, 'id' | 'language' | 'license'> {
  /** As the catalogue has it, or one of its aliases. */
  readonly name: string;
}

type Options = PullOptions & { readonly signal: AbortSignal };

/** As `addVoice` has it. */
const MAX_MODEL_BYTES = 256 * 1024 * 1024;
const MAX_SMALL_BYTES = 1024 * 1024;

const model = 'voice.onnx';
const config = `${model}.json`;
const card = 'MODEL_CARD';

/**
 * Fetches a voice of the catalogue and adds it as one of the user's own. What broke off is taken up by the next run; nothing is there before all of it
 * was verified and has spoken.
 * @throws PackFailure whose message says what to do
 */
export async function addFromCatalogue(
  { name, id, language, license }: CatalogueVoiceToAdd,
  place: CataloguePlace,
  options: Options,
): Promise<AddedVoice> {
  const { dataDir, progress, signal } = options;
  const voice = findInCatalogue(name, await fetchCatalogue(place, options));
  const wanted = wantedOf(voice);
  await checkId(id ?? voice.key, dataDir); // before megabytes are fetched
  const folder = join(dataDir, 'partial', `catalogue-${voice.key}`);
  const waiting = (): void => progress.say(`${voice.key}: another process is fetching it, waiting`);
  return withLock(`${folder}.lock`, signal, waiting, async () => {
    await onDisk(folder, () => makeFolder(folder));
    await fetchWanted(voice.key, wanted, place, folder, options);
    const said = license ?? (await licenseIn(join(folder, card)));
    const about = { id: id ?? voice.key, language: language ?? voice.language.code, license: said };
    try {
      return await addVoice({ model: join(folder, model), ...about }, options);
    } finally {
      if (!signal.aborted) await rm(folder, { recursive: true, force: true });
    }
  });
}

async function fetchWanted(
  packId: string,
  wanted: readonly WantedFile[],
  { url }: CataloguePlace,
  folder: string,
  options: Options,
): Promise<void> {
  const env = options.env ?? process.env;
  const fetchVia = options.fetch ?? (await fetchThroughProxy(env));
  const deadlines = options.deadlines ?? defaultDeadlines;
  const context = { packId, folder, env, deadlines, progress: options.progress, signal: options.signal };
  const paths = Object.fromEntries(wanted.map(({ name, path }) => [name, path]));
  try {
    await fetchFromUrl({ kind: 'url', base: `${url}/`, paths }, wanted, { ...context, fetch: fetchVia });
  } catch (error) {
    if (!(error instanceof PackFailure) || error.kind !== 'unreachable') throw error;
    throw new PackFailure(
      'unreachable',
      `${error.message}\nRun it again; what arrived so far is kept.`,
      error,
    );
  }
}

/** @throws PackFailure for a voice without the files of one */
function wantedOf({ key, files }: CatalogueVoice): readonly WantedFile[] {
  const named = (suffix: string, as: string, maxBytes: number): WantedFile[] => {
    const [path, found] = Object.entries(files).find(([each]) => each.endsWith(suffix)) ?? [];
    if (path === undefined || !found || found.size_bytes > maxBytes) return [];
    return [{ name: as, path, pin: { bytes: found.size_bytes, md5: found.md5_digest } }];
  };
  const needed = [...named('.onnx.json', config, MAX_SMALL_BYTES), ...named('.onnx', model, MAX_MODEL_BYTES)];
  if (needed.length < 2)
    throw new PackFailure('wrong-content', `The catalogue has no files for ${key}, or too large ones.`);
  return [...named(card, card, MAX_SMALL_BYTES), ...needed];
}

/** As the card of the voice has it, which people wrote: `* License: CC0`. Undefined where it says nothing that can be shown. */
async function licenseIn(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const said = /^[\s*#-]*licen[cs]e\W{0,4}:[ \t]*(\S[^\r\n]{0,127})$/im.exec(text)?.[1]?.trim();
  return said && /^[\p{L}\p{N}\p{P}\p{S} ]{1,128}$/u.test(said) ? said : undefined;
}
