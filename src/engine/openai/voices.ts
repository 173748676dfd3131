import type { Ports } from '../../core/ports.ts';
import type { VoiceList } from '../../core/upstream.ts';
import { openaiVoices, type Voice } from '../../core/voices.ts';
import { fetchJson, NoSuchRoute } from '../upstream/fetch-json.ts';
import type { UpstreamOptions } from '../upstream/options.ts';
import { createVoiceList, fixedList } from '../upstream/voice-list.ts';

const PATH = '/v1/audio/voices';
const MAX_LIST_BYTES = 1024 * 1024;
const MAX_VOICES = 2000;
const MAX_LANGUAGE = 35; // RFC 5646, 4.4.1
/** What speaks where neither the operator nor the server names a voice: OpenAI's first, which others map to one of theirs. */
const STANDARD_VOICE = 'alloy';

export interface OpenaiVoices {
  readonly list: VoiceList;
  /** The voice for requests that name none. Waits a second for a list at most. */
  standard(): Promise<string>;
}

/** The voices of the operator's list, else of the server's own (which OpenAI's dialect does not have), else OpenAI's. */
export function createOpenaiVoices(
  options: UpstreamOptions & { readonly voices?: readonly string[] | undefined },
  ports: Pick<Ports, 'fetch' | 'clock'>,
): OpenaiVoices {
  const [first] = options.voices ?? [];
  if (first !== undefined) {
    const list = fixedList(options.voices ?? [], (ids) => ids.map((id) => voiceOf(id)));
    return { list, standard: async () => first };
  }
  let known: ReadonlyMap<string, Voice> = new Map();
  const toVoices = (ids: readonly string[]): readonly Voice[] => {
    const standard = standardOf(ids);
    const others = ids.filter((id) => id !== standard);
    return [standard, ...others].map((id) => known.get(id) ?? voiceOf(id));
  };
  const source = {
    toVoices,
    async fetchIds(withinMs: number, signal?: AbortSignal): Promise<readonly string[] | undefined> {
      const read = { path: PATH, maxBytes: MAX_LIST_BYTES, withinMs, signal };
      const answer = await fetchJson(read, options, ports).catch((error: unknown) => {
        if (error instanceof NoSuchRoute) return openaiVoices;
        throw error;
      });
      const voices = readVoices(answer);
      known = new Map(voices.map((voice) => [voice.id, voice]));
      return voices.length === 0 ? undefined : [...known.keys()];
    },
  };
  const list = createVoiceList(source, options, ports);
  return {
    list,
    async standard() {
      if (known.size > 0) return standardOf([...known.keys()]);
      const [voice] = await list.voices();
      return voice?.id ?? STANDARD_VOICE;
    },
  };
}

/** `default`, as fish-edge calls it, OpenAI's first, or else the first of the list. */
function standardOf(ids: readonly string[]): string {
  return ['default', STANDARD_VOICE].find((id) => ids.includes(id)) ?? ids[0] ?? STANDARD_VOICE;
}

/** Names, or objects that hold them, in a list or under `voices` or `data`: each server has its own shape. */
function readVoices(answer: unknown): readonly Voice[] {
  const { voices, data } = (answer ?? {}) as { voices?: unknown; data?: unknown };
  const list = [answer, voices, data].find((each) => Array.isArray(each)) as unknown[] | undefined;
  if (!list) throw new Error('The origin gave no list of voices.');
  return list.slice(0, MAX_VOICES).flatMap((each) => {
    const { id, voice_id: voiceId, name, language } = toFields(each);
    const found = [id, voiceId, name].find(isName);
    return found === undefined ? [] : [voiceOf(found, name, language)];
  });
}

function toFields(each: unknown): Readonly<Record<string, unknown>> {
  if (typeof each === 'string') return { id: each };
  return typeof each === 'object' && each !== null ? (each as Record<string, unknown>) : {};
}

const NAME = /^\P{Cc}{1,128}$/u;

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

function voiceOf(id: string, name?: unknown, language?: unknown): Voice {
  const isLanguage = isName(language) && language.length <= MAX_LANGUAGE;
  return {
    id,
    name: isName(name) ? name : id,
    description: 'A voice of a server that speaks the dialect of OpenAI',
    language: isLanguage ? language : 'mul',
    aliases: [],
  };
}
