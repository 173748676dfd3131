import { splitClauses, writeClauses } from './clauses.ts';
import type { Phonemizer, Sounds } from './phonemizer.ts';
import { type Given, noneGiven, splitGiven } from './phonemizer.ts';

/** The GPL-3.0 package that brings all of espeak-ng's languages; the user installs it, nothing here needs it. */
const PACKAGE = '@echogarden/espeak-ng-emscripten';

interface EspeakWorker {
  set_voice(name: string): number;
  convert_to_phonemes(text: string, ipa: boolean): { readonly ptr: number };
}

interface EspeakModule {
  readonly HEAPU8: Uint8Array;
  readonly eSpeakNGWorker: new () => EspeakWorker;
}

/** This build names British English plainly, and some languages by another code than BCP 47. */
const VOICE_ALIASES: Readonly<Record<string, string>> = { 'en-gb': 'en', no: 'nb', zh: 'cmn' };

type LoadModule = () => Promise<EspeakModule>;

/** Wasm calls take a copy of the text: longer clauses are cut so that a text cannot grow its memory without bound. */
const MAX_CLAUSE_LENGTH = 2000;

/** A name that a bundler does not resolve: where the package is missing, loading answers undefined. */
async function importPackage(): Promise<LoadModule | undefined> {
  try {
    const name: string = PACKAGE;
    const module = (await import(name)) as { readonly default: LoadModule };
    return module.default;
  } catch {
    return undefined;
  }
}

function readText({ HEAPU8: memory }: EspeakModule, from: number): string {
  return new TextDecoder().decode(memory.slice(from, memory.indexOf(0, from)));
}

function cutLong(text: string): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > MAX_CLAUSE_LENGTH) {
    const space = rest.lastIndexOf(' ', MAX_CLAUSE_LENGTH);
    const cut = space > 0 ? space : MAX_CLAUSE_LENGTH;
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...pieces, rest];
}

/**
 * espeak-ng for one of its voices ("vi", "de", "en-us"). Undefined when the optional package is not installed;
 * throws an `Error` that names the voice when espeak-ng does not have it.
 */
export async function loadEspeak(voice: string): Promise<Phonemizer | undefined> {
  const load = await importPackage();
  if (load === undefined) return undefined;
  const module = await load();
  const worker = new module.eSpeakNGWorker();
  if (worker.set_voice(VOICE_ALIASES[voice] ?? voice) !== 0)
    throw new Error(`espeak-ng has no voice "${voice}"`);
  const speak = (text: string): string =>
    readText(module, worker.convert_to_phonemes(text.replaceAll('\0', ' '), true).ptr)
      .replaceAll('_', '')
      .replaceAll(' | ', ' ')
      .replace(/\([a-z-]{1,12}\)/g, '')
      .replace(/\s+/g, ' ')
      .trim();
  const sound = (text: string, given: Given = noneGiven): Sounds =>
    writeClauses(
      splitClauses(text).map(({ text: words, mark }) => {
        const pieces = splitGiven(words, given).flatMap(({ text: piece, ipa }) =>
          ipa === undefined
            ? cutLong(piece).flatMap((part) => pairWords(part, speak(part)))
            : [{ word: piece, ipa }],
        );
        return { words: pieces, mark };
      }),
    );
  return { id: `espeak-${voice}`, sound, phonemize: (text, given) => sound(text, given).ipa };
}

/**
 * espeak-ng tells no more than spaces between its words. Where there are as many as in the text they are the same; a number is
 * several, and some words become one: then nobody knows.
 */
function pairWords(
  text: string,
  ipa: string,
): { readonly word?: string | undefined; readonly ipa: string }[] {
  const words = text.split(/\s+/).filter((word) => /\p{L}/u.test(word));
  const said = ipa.split(' ');
  const isPaired = words.length === said.length && !/\p{N}/u.test(text);
  return said.map((each, index) => ({ word: isPaired ? words[index] : undefined, ipa: each }));
}
