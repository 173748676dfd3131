import * as z from 'zod';

/** One model symbol (a code point) to its ids. */
export type Symbols = ReadonlyMap<string, readonly number[]>;

/** The parts of a Piper voice's `.onnx.json` that speaking needs (github.com/rhasspy/piper, TRAINING.md). */
const piperConfig = z.object({
  num_symbols: z.int().positive(),
  phoneme_id_map: z.record(z.string(), z.array(z.int().nonnegative())),
  inference: z.object({ noise_scale: z.number(), length_scale: z.number().positive(), noise_w: z.number() }),
  num_speakers: z.int().min(1).max(1000).default(1),
  speaker_id_map: z.record(z.string(), z.int().nonnegative()).default({}),
  espeak: z.object({ voice: z.string().max(64).optional() }).optional(),
});

export interface PiperConfig {
  readonly symbols: Symbols;
  readonly noiseScale: number;
  readonly lengthScale: number;
  readonly noiseW: number;
  /** Of a model with several: the last part of a voice's id, to what the model knows the speaker by. Empty where there is one. */
  readonly speakers: ReadonlyMap<string, number>;
  /** The voice of espeak-ng whose phonemes it learned; a dialect of its own, often. */
  readonly espeakVoice?: string | undefined;
}

/** @throws ZodError, SyntaxError or RangeError when `json` is no Piper voice configuration */
export function readPiperConfig(json: string): PiperConfig {
  const config = piperConfig.parse(JSON.parse(json));
  const symbols = checkSymbols(Object.entries(config.phoneme_id_map), config.num_symbols);
  const { noise_scale, length_scale, noise_w } = config.inference;
  const speakers = nameSpeakers(config.num_speakers, config.speaker_id_map);
  const espeakVoice = config.espeak?.voice;
  return {
    symbols,
    noiseScale: noise_scale,
    lengthScale: length_scale,
    noiseW: noise_w,
    speakers,
    espeakVoice,
  };
}

/** What may stand in a voice's id. */
const plainName = /^[\w.-]{1,64}$/;

/** By their names where those are plain, else by their numbers. @throws RangeError for a number that the model does not know */
function nameSpeakers(count: number, ids: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const names = new Map<number, string>();
  for (const [name, id] of Object.entries(ids)) {
    if (id >= count) throw new RangeError(`Speaker ${name} has id ${id}; the model has ${count} speakers.`);
    if (plainName.test(name)) names.set(id, name);
  }
  if (count === 1) return new Map();
  const numbers = Array.from({ length: count }, (_, id) => id);
  const named = new Map(numbers.map((id) => [names.get(id) ?? String(id), id]));
  return named.size === count ? named : new Map(numbers.map((id) => [String(id), id]));
}

/** Hugging Face's `tokenizer.json`, as far as Kokoro uses it: a table of characters. */
const kokoroTokenizer = z.object({
  model: z.object({ vocab: z.record(z.string(), z.int().nonnegative()) }),
});

/** Rows of Kokoro's symbol embedding (config.json: n_token). */
const KOKORO_SYMBOLS = 178;

/** @throws ZodError, SyntaxError or RangeError when `json` is no such tokenizer */
export function readKokoroTokenizer(json: string): Symbols {
  const { model } = kokoroTokenizer.parse(JSON.parse(json));
  return checkSymbols(
    Object.entries(model.vocab).map(([symbol, id]) => [symbol, [id]]),
    KOKORO_SYMBOLS,
  );
}

/** An id beyond the embedding makes the model throw in mid-run, so none gets past here. */
function checkSymbols(entries: readonly (readonly [string, readonly number[]])[], count: number): Symbols {
  for (const [symbol, ids] of entries) {
    for (const id of ids) {
      if (id >= count)
        throw new RangeError(`Symbol ${symbol} has id ${id}; the model knows ${count} symbols.`);
    }
  }
  return new Map(entries);
}

/** Ids of symbols, and of each the index in the phonemes whose sound it is. */
export interface PlacedIds {
  readonly ids: readonly number[];
  readonly places: readonly number[];
}

/** The ids of every symbol of a piece in turn; a character that the model does not know is left out. */
export function toIds({ text, at }: Piece, symbols: Symbols): PlacedIds {
  const ids: number[] = [];
  const places: number[] = [];
  let place = at;
  for (const symbol of text) {
    for (const id of symbols.get(symbol) ?? []) {
      ids.push(id);
      places.push(place);
    }
    place += symbol.length;
  }
  return { ids, places };
}

/** Where a phoneme string may be cut, best first: after a sentence, after a clause, between words. */
const cuts: readonly RegExp[] = [/[.!?…](?=\s)/gu, /[,;:—)](?=\s)/gu, /\s+/gu];

/** A cut that would leave less than this share of the room unused comes first. */
const MIN_FILL = 0.5;

/** A part of phonemes that begins at index `at` of them. */
export interface Piece {
  readonly text: string;
  readonly at: number;
}

/**
 * Cuts phonemes into pieces of at most `limit` characters, so that one run of a model stays bounded whatever the text.
 * Segments are sentences by then: only a very long one is cut here. Nothing but the white space at a cut is lost.
 */
export function cutPieces(phonemes: string, limit: number): Piece[] {
  const pieces: Piece[] = [];
  const text = phonemes.trimEnd();
  const skipSpace = (from: number): number => text.length - text.slice(from).trimStart().length;
  for (let at = skipSpace(0); at < text.length; ) {
    const room = text.slice(at, at + limit + 1);
    const end = at + (room.length > limit ? findCut(room, limit) : room.length);
    pieces.push({ text: text.slice(at, end).trimEnd(), at });
    at = skipSpace(end);
  }
  return pieces;
}

function findCut(room: string, limit: number): number {
  for (const cut of cuts) {
    const last = [...room.matchAll(cut)].map((match) => match.index + match[0].trimEnd().length).at(-1);
    if (last !== undefined && last >= limit * MIN_FILL && last <= limit) return last;
  }
  const anySpace = room.lastIndexOf(' ');
  return anySpace > 0 ? anySpace : limit;
}
