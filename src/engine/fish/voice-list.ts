import type { Ports } from '../../ports.ts';
import type { Voice } from '../../speech/voices.ts';
import { boundWork } from '../../stream/deadline.ts';
import { inTime } from '../../stream/in-time.ts';
import { readAll } from '../../stream/read.ts';
import { FIRST_BYTE_TIMEOUT_MS, type FishOptions, keyHeaders, originUrl, VOICES_TTL_MS } from './options.ts';

/** What the origin says about its reference voices, kept for a while. */
export interface VoiceList {
  /** The default voice, then the origin's own as far as they are known. */
  voices(): Promise<readonly Voice[]>;
  /** True only when a list that is still believed lacks `id`. Waits a second at most, and only when in doubt. */
  lacks(id: string): Promise<boolean>;
  /** Whether the list names `id`. Waits for nothing; a list that is out of date, or not there, is asked for anew. */
  has(id: string): boolean;
  /**
   * Whether the origin has `id`, as it says itself, where it can: `unknown` is an origin that keeps no list, or fails at it.
   * Waits for as long as the origin is busy, half the time for its first audio at most: ask when its turn has come.
   */
  confirm(id: string, signal: AbortSignal): Promise<'there' | 'missing' | 'unknown'>;
}

/** A speaking origin answers nothing (its event loop is blocked): a list is worth this much waiting and no more. */
const PATIENCE_MS = 1000;
const FETCH_TIMEOUT_MS = 5000;
/** Between two looks for a voice that the list lacked: it may have just been added. */
const RECHECK_MS = 1000;
const MAX_LIST_BYTES = 1024 * 1024;

const defaultVoice: Voice = {
  id: 'default',
  name: 'Default',
  description: "The Fish-Speech origin's default voice",
  language: 'mul', // BCP 47 for several languages: the text decides
  aliases: [],
};

/** Of the cloud, which names nobody: any voice may be there, and a wrong name is refused where it is spoken. */
export const withoutList: VoiceList = {
  voices: async () => [defaultVoice],
  lacks: async () => false,
  has: () => false,
  confirm: async () => 'there',
};

export function createVoiceList(options: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): VoiceList {
  const { clock } = ports;
  const ttl = options.voicesTtlMs ?? VOICES_TTL_MS;
  const turnMs = (options.firstByteTimeoutMs ?? FIRST_BYTE_TIMEOUT_MS) / 2;
  let list: { ids: ReadonlySet<string>; at: number } | undefined;
  /** When the origin was found to have no such route, as Fish-Speech 1.4 and 1.5. */
  let without: { at: number } | undefined;
  let asked: { at: number; answer: Promise<void> } | undefined;
  let changes = 0;
  options.changes?.follow(({ id, present }) => {
    changes++;
    asked = undefined;
    if (list) list = present === undefined ? undefined : { ...list, ids: changedIds(list.ids, id, present) };
  });

  const age = (since: { at: number } | undefined): number => (since ? clock.now() - since.at : Infinity);
  /** One request at a time, and none sooner than RECHECK_MS after the last. Never rejects. */
  const refresh = (): { at: number; answer: Promise<void> } => {
    if (asked && age(asked) < RECHECK_MS) return asked;
    asked = { at: clock.now(), answer: fetchList(FETCH_TIMEOUT_MS) };
    return asked;
  };
  /** Never rejects: without a list voices are taken as the client names them. */
  const fetchList = async (withinMs: number, signal?: AbortSignal): Promise<void> => {
    const before = changes;
    try {
      const ids = await fetchIds(options, ports, withinMs, signal);
      without = ids ? undefined : { at: clock.now() };
      if (changes === before) list = ids && { ids, at: clock.now() }; // else the answer may be older than the change
    } catch {
      // what was known of it is believed for its time
    }
  };
  const refreshPatiently = async (): Promise<void> => {
    const request = refresh();
    await inTime(request.answer, Math.max(0, PATIENCE_MS - age(request)), clock, () => {});
  };

  return {
    async voices() {
      if (age(list) >= ttl && age(without) >= ttl) await refreshPatiently();
      const own = [...(list?.ids ?? [])].filter((id) => id !== defaultVoice.id);
      return [defaultVoice, ...own.map(originVoice)];
    },
    async lacks(id) {
      if (age(without) < ttl) return false;
      if (list?.ids.has(id)) {
        if (age(list) >= ttl) refresh();
        return false;
      }
      if (age(list) >= RECHECK_MS) await refreshPatiently();
      return list !== undefined && age(list) < ttl && !list.ids.has(id);
    },
    has(id) {
      if (age(list) >= ttl && age(without) >= ttl) refresh();
      return list?.ids.has(id) ?? false;
    },
    async confirm(id, signal) {
      const isKnown = (): boolean => age(list) < (list?.ids.has(id) ? ttl : RECHECK_MS);
      if (age(without) < ttl) return 'unknown';
      if (!isKnown()) await fetchList(turnMs, signal); // one of its own: another's request may end before its answer
      if (!list || !isKnown()) return 'unknown';
      return list.ids.has(id) ? 'there' : 'missing';
    },
  };
}

function changedIds(ids: ReadonlySet<string>, id: string, present: boolean): ReadonlySet<string> {
  const others = [...ids].filter((other) => other !== id);
  return new Set(present ? [...others, id] : others);
}

function originVoice(id: string): Voice {
  return {
    id,
    name: id,
    description: 'A reference voice of the Fish-Speech origin',
    language: 'mul',
    aliases: [],
  };
}

const NO_ROUTE: readonly number[] = [404, 405];

/** Undefined: the origin has no such route. */
async function fetchIds(
  options: FishOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
  withinMs: number,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string> | undefined> {
  const work = boundWork(ports.clock, signal);
  work.limit(withinMs, () => new Error('The origin gave no list of voices in time.'));
  try {
    const headers = { ...keyHeaders(options), accept: 'application/json' };
    const request = ports.fetch(originUrl(options, '/v1/references/list'), { headers, signal: work.signal });
    const response = await work.race(request);
    if (NO_ROUTE.includes(response.status)) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok || !response.body)
      throw new Error(`The origin answered ${response.status} for its voices.`);
    const bytes = await work.race(readAll(response.body, MAX_LIST_BYTES));
    const { reference_ids: ids } = JSON.parse(new TextDecoder().decode(bytes)) as { reference_ids?: unknown };
    if (!Array.isArray(ids)) throw new Error('The origin gave no list of voices.');
    return new Set(ids.filter((id) => typeof id === 'string'));
  } catch (error) {
    work.stop(error as Error); // frees the socket of an answer that was not read to its end
    throw error;
  } finally {
    work.end();
  }
}
