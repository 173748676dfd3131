import type { Ports } from '../../ports.ts';
import type { Voice } from '../../speech/voices.ts';
import { boundWork } from '../../stream/deadline.ts';
import { inTime } from '../../stream/in-time.ts';
import { readAll } from '../../stream/read.ts';
import { type FishOptions, keyHeaders, originUrl, VOICES_TTL_MS } from './options.ts';

/** What the origin says about its reference voices, kept for a while. */
export interface VoiceList {
  /** The default voice, then the origin's own as far as they are known. */
  voices(): Promise<readonly Voice[]>;
  /** True only when a list that is still believed lacks `id`. Waits a second at most, and only when in doubt. */
  lacks(id: string): Promise<boolean>;
  /** Whether the list names `id`. Waits for nothing; a list that is out of date, or not there, is asked for anew. */
  has(id: string): boolean;
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

/** Of an origin that names nobody: any voice may be there. */
export const withoutList: VoiceList = {
  voices: async () => [defaultVoice],
  lacks: async () => false,
  has: () => false,
};

export function createVoiceList(options: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): VoiceList {
  const { clock } = ports;
  const ttl = options.voicesTtlMs ?? VOICES_TTL_MS;
  let list: { ids: ReadonlySet<string>; at: number } | undefined;
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
    const at = clock.now();
    const before = changes;
    const answer = fetchIds(options, ports).then(
      (ids) => {
        if (changes === before) list = { ids, at: clock.now() }; // else the answer may be older than the change
      },
      () => {}, // no list: voices are taken as the client names them
    );
    asked = { at, answer };
    return asked;
  };
  const refreshPatiently = async (): Promise<void> => {
    const request = refresh();
    await inTime(request.answer, Math.max(0, PATIENCE_MS - age(request)), clock, () => {});
  };

  return {
    async voices() {
      if (age(list) >= ttl) await refreshPatiently();
      const own = [...(list?.ids ?? [])].filter((id) => id !== defaultVoice.id);
      return [defaultVoice, ...own.map(originVoice)];
    },
    async lacks(id) {
      if (list?.ids.has(id)) {
        if (age(list) >= ttl) refresh();
        return false;
      }
      if (age(list) >= RECHECK_MS) await refreshPatiently();
      return list !== undefined && age(list) < ttl && !list.ids.has(id);
    },
    has(id) {
      if (age(list) >= ttl) refresh();
      return list?.ids.has(id) ?? false;
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

async function fetchIds(
  options: FishOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): Promise<ReadonlySet<string>> {
  const work = boundWork(ports.clock);
  work.limit(FETCH_TIMEOUT_MS, () => new Error('The origin gave no list of voices in time.'));
  try {
    const headers = { ...keyHeaders(options), accept: 'application/json' };
    const request = ports.fetch(originUrl(options, '/v1/references/list'), { headers, signal: work.signal });
    const response = await work.race(request);
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
