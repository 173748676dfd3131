import * as z from 'zod';
import { firstIssue } from '../../../core/first-issue.ts';
import type { Voice } from '../../../core/voices.ts';
import { decodeModel, type Model, toNumber } from '../prepare/model.ts';
import { isEnglish } from '../pronounce.ts';
import { readPiperConfig } from '../tokens.ts';
import type { AddedVoicePack, PackFile } from './pack.ts';

/** What else than `readPiperConfig` reads: enough to know who speaks which language. */
const voiceConfig = z.object({
  audio: z.object({ sample_rate: z.int().min(8000).max(48_000) }),
  phoneme_type: z.string().default('espeak'),
  espeak: z.object({ voice: z.string().max(64) }).optional(),
  language: z.object({ code: z.string().max(64) }).optional(),
});

/** Ids of the marks around an utterance, which `frameIds` writes. */
const marks: Readonly<Record<string, number>> = { _: 0, '^': 1, $: 2 };
const inputs = ['input', 'input_lengths', 'scales'];

/** Why a file is no voice: one line for the user who gave it. */
class NoVoice extends Error {}

export interface Given {
  readonly id: string;
  /** BCP 47; undefined takes what the configuration says. */
  readonly language?: string | undefined;
  readonly license?: string | undefined;
  readonly files: readonly PackFile[];
}

/**
 * The pack that a Piper model and its configuration make, of one voice or of one for each speaker (`pack/speaker`).
 * @throws NoVoice when they are no Piper voice, or do not belong together
 */
export function describePiper(model: Uint8Array, json: string, given: Given): AddedVoicePack {
  const config = orNoVoice('the configuration is none of a Piper voice', () => ({
    ...voiceConfig.parse(JSON.parse(json)),
    piper: readPiperConfig(json),
  }));
  const { symbols, speakers } = config.piper;
  if (config.phoneme_type !== 'espeak')
    throw new NoVoice(`the voice reads ${config.phoneme_type}, not the phonemes of espeak-ng`);
  for (const [mark, id] of Object.entries(marks))
    if (symbols.get(mark)?.[0] !== id)
      throw new NoVoice(`the configuration numbers the mark ${mark} otherwise`);
  const { graph } = orNoVoice('the model is no ONNX file', () => decodeModel(model));
  checkGraph(graph, JSON.parse(json).num_symbols, speakers.size);
  const language = languageOf(given.language ?? config.language?.code ?? config.espeak?.voice);
  const { id, files, license = 'unknown' } = given;
  if (!/^[\p{L}\p{N}\p{P}\p{S} ]{1,128}$/u.test(license))
    throw new NoVoice('a licence has 1 to 128 printable characters, for example CC0-1.0');
  const names = speakers.size === 0 ? [undefined] : [...speakers.keys()];
  const voices = names.map((name, index) => voiceOf(id, name, language, index === 0));
  return {
    id,
    family: 'piper',
    language,
    rate: config.audio.sample_rate,
    license: { spdx: license, note: 'added by hand' },
    files,
    sources: [],
    voices,
    needsEspeak: isEnglish(language) ? [] : voices.map((voice) => voice.id),
    isAdded: true,
  };
}

/** The first voice is meant by the name of the pack. */
function voiceOf(pack: string, speaker: string | undefined, language: string, isFirst: boolean): Voice {
  const id = speaker === undefined ? pack : `${pack}/${speaker}`;
  const aliases = isFirst && speaker !== undefined ? [pack] : [];
  const named = speaker === undefined ? '' : `, speaker ${speaker}`;
  return { id, name: speaker ?? pack, description: `${language}${named} (Piper, added)`, language, aliases };
}

/** RFC 5646, 4.4.1. */
const MAX_LANGUAGE = 35;

/** `en_US` and `en-us` are `en-US`. */
function languageOf(code: string | undefined): string {
  const advice = 'say it with --language, for example --language en-US';
  if (code !== undefined && code.length > MAX_LANGUAGE) throw new NoVoice(`this is no language: ${advice}`);
  if (!code) throw new NoVoice(`the configuration names no language: ${advice}`);
  try {
    const [language] = Intl.getCanonicalLocales(code.replaceAll('_', '-'));
    if (language) return language;
  } catch {
    // falls through
  }
  throw new NoVoice(`${code} is no language: ${advice}`);
}

/** What the configuration says of the model is true of it: a number beyond a table would fail in the middle of speech. */
function checkGraph(graph: Model['graph'], symbols: number, speakers: number): void {
  const weights = new Map(graph.initializer.map(({ name, dims }) => [name, dims]));
  const given = graph.input.filter(({ name }) => !weights.has(name)).map(({ name }) => name);
  const missing = inputs.find((name) => !given.includes(name));
  if (missing !== undefined) throw new NoVoice(`the model is none of Piper: it has no input ${missing}`);
  const hasSpeakers = given.includes('sid');
  const unknown = given.find((name) => ![...inputs, 'sid'].includes(name));
  if (unknown !== undefined) throw new NoVoice(`the model is none of Piper: it has an input ${unknown}`);
  const rowsRead = (input: string): number | undefined => {
    const reader = graph.node.find((node) => node.opType === 'Gather' && node.input[1] === input);
    const dims = weights.get(reader?.input[0] ?? '');
    return dims && toNumber(dims[0] ?? 0);
  };
  checkRows('symbols', rowsRead('input'), symbols);
  if (hasSpeakers !== speakers > 1) {
    const [one, other] = hasSpeakers ? ['more than one', 'one'] : ['one', 'more'];
    throw new NoVoice(
      `the configuration is of another model: the model has ${one} speaker, it says ${other}`,
    );
  }
  if (hasSpeakers) checkRows('speakers', rowsRead('sid'), speakers);
}

function checkRows(what: string, rows: number | undefined, said: number): void {
  if (rows !== undefined && rows !== said)
    throw new NoVoice(
      `the configuration is of another model: it says ${said} ${what}, the model has ${rows}`,
    );
}

function orNoVoice<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw new NoVoice(`${what}: ${(error as Error).message}`);
    const { path, message } = firstIssue(error);
    throw new NoVoice(`${what}: ${path.join('.')} ${message}`);
  }
}
