import type { Ports } from '../../core/ports.ts';
import type { VoiceList } from '../../core/upstream.ts';
import type { Voice } from '../../core/voices.ts';
import { withTimeout } from '../../stream/deadline.ts';
import { FIRST_BYTE_TIMEOUT_MS, type UpstreamOptions, VOICES_TTL_MS } from './options.ts';

/** What one kind of upstream knows of its voices. */
export interface VoiceSource {
  /** The ids of its list; undefined where it keeps none. Rejects where it cannot tell, within `withinMs` milliseconds. */
  fetchIds(withinMs: number, signal?: AbortSignal): Promise<readonly string[] | undefined>;
  /** What clients see, the default voice first. */
  toVoices(ids: readonly string[]): readonly Voice[];
  /** Calls with each voice that the gateway itself adds or deletes; `present` is undefined where nobody knows. */
  follow?(follower: (change: { readonly id: string; readonly present: boolean | undefined }) => void): void;
}

/** A speaking origin answers nothing (its event loop is blocked): a list is worth this much waiting and no more. */
const PATIENCE_MS = 1000;
const FETCH_TIMEOUT_MS = 5000;
/** Between two looks for a voice that the list lacked: it may have just been added. */
const RECHECK_MS = 1000;

/** Of an upstream that names nobody: any voice may be there, and a wrong name is refused where it is spoken. */
export function withoutList(defaultVoice: Voice): VoiceList {
  return {
    voices: async () => [defaultVoice],
    lacks: async () => false,
    has: () => false,
    confirm: async () => 'there',
  };
}

/** Of an upstream whose voices the operator has named. */
export function fixedList(ids: readonly string[], toVoices: VoiceSource['toVoices']): VoiceList {
  const has = (id: string): boolean => ids.includes(id);
  return {
    voices: async () => toVoices(ids),
    lacks: async (id) => !has(id),
    has,
    confirm: async (id) => (has(id) ? 'there' : 'missing'),
  };
}

/** Asks for the list when it is needed and believes it for `voicesTtlMs`. */
export function createVoiceList(
  source: VoiceSource,
  options: Pick<UpstreamOptions, 'voicesTtlMs' | 'firstByteTimeoutMs'>,
  { clock }: Pick<Ports, 'clock'>,
): VoiceList {
  const ttl = options.voicesTtlMs ?? VOICES_TTL_MS;
  const turnMs = (options.firstByteTimeoutMs ?? FIRST_BYTE_TIMEOUT_MS) / 2;
  let list: { ids: ReadonlySet<string>; at: number } | undefined;
  /** When the origin was found to keep no list, as Fish-Speech 1.4 and 1.5. */
  let without: { at: number } | undefined;
  let asked: { at: number; answer: Promise<void> } | undefined;
  let changes = 0;
  source.follow?.(({ id, present }) => {
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
      const ids = await source.fetchIds(withinMs, signal);
      without = ids ? undefined : { at: clock.now() };
      if (changes === before) list = ids && { ids: new Set(ids), at: clock.now() }; // else the answer may be older than the change
    } catch {
      // what was known of it is believed for its time
    }
  };
  const refreshPatiently = async (): Promise<void> => {
    const request = refresh();
    await withTimeout(request.answer, Math.max(0, PATIENCE_MS - age(request)), clock, () => {});
  };

  return {
    async voices() {
      if (age(list) >= ttl && age(without) >= ttl) await refreshPatiently();
      return source.toVoices([...(list?.ids ?? [])]);
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
