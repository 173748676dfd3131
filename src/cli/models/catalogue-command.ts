import { type CataloguePlace, fetchCatalogue } from './catalogue.ts';
import { describe, PackFailure } from './failure.ts';
import { createProgress } from './progress.ts';
import { columns } from './tuning-report.ts';

export interface ListCatalogue {
  readonly place: CataloguePlace;
  /** `de`, `pt_BR`: those of that language alone. */
  readonly language: string | undefined;
  readonly dataDir: string;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Shows the voices that `models add NAME` would fetch. Ends with the exit code: 1 where there are none, or nobody answers. */
export async function listCatalogue({
  place,
  language,
  dataDir,
  json,
  signal,
}: ListCatalogue): Promise<number> {
  try {
    const all = await fetchCatalogue(place, { dataDir, signal, progress: createProgress() });
    const asked = language?.replace('-', '_').toLowerCase();
    const voices = all
      .filter(
        ({ language: { code } }) => asked === undefined || `${code}_`.toLowerCase().startsWith(`${asked}_`),
      )
      .map(({ key, language: { code, name_english, country_english }, quality, num_speakers, files }) => ({
        name: key,
        language: code.replace('_', '-'),
        called: country_english === '' ? name_english : `${name_english} (${country_english})`,
        quality,
        speakers: num_speakers,
        bytes: Object.entries(files).find(([path]) => path.endsWith('.onnx'))?.[1].size_bytes ?? 0,
      }));
    if (voices.length === 0) {
      console.error(
        `The catalogue has no voice${language === undefined ? '' : ` of the language ${language}`}.`,
      );
      return 1;
    }
    const rows = voices.map(({ name, called, quality, speakers, bytes }) => [
      name,
      called,
      quality,
      String(speakers),
      `${(bytes / 1e6).toFixed(0)} MB`,
    ]);
    console.log(
      json
        ? JSON.stringify({ url: place.url, voices }, undefined, 2)
        : columns([['NAME', 'LANGUAGE', 'QUALITY', 'SPEAKERS', 'SIZE'], ...rows]),
    );
    return 0;
  } catch (error) {
    console.error(error instanceof PackFailure ? error.message : describe(error));
    return 1;
  }
}
