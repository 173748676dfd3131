import type { FishApi } from '../../core/engine.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Upstream } from '../../core/upstream.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { isRefusal } from './origin-api.ts';

/** What the Fish-Speech servers of a pool can do besides speaking, whichever they are at the time. */
export function currentFishApi(
  upstreams: () => readonly Upstream[],
  onReferenceChanged?: (id: string) => void | Promise<void>,
): FishApi {
  let combined: { readonly of: readonly FishApi[]; readonly api: FishApi } | undefined;
  const current = (): FishApi => {
    const apis = upstreams().flatMap(({ fish }) => (fish ? [fish] : []));
    const { of } = combined ?? {};
    if (combined && of?.length === apis.length && of.every((api, i) => api === apis[i])) return combined.api;
    if (apis.length === 0) throw unsupported();
    combined = { of: apis, api: combineFishApis(apis, onReferenceChanged) };
    return combined.api;
  };
  return {
    listReferences: async (signal) => current().listReferences(signal),
    addReference: async (reference, signal) => current().addReference(reference, signal),
    deleteReference: async (id, signal) => current().deleteReference(id, signal),
    renameReference: async (oldId, newId, signal) => current().renameReference(oldId, newId, signal),
    encode: async (audios, signal) => current().encode(audios, signal),
    decode: async (tokens, signal) => current().decode(tokens, signal),
  };
}

function unsupported(): SpeechFailure {
  return new SpeechFailure({
    code: 'not_supported',
    message: 'No self-hosted Fish-Speech origin is set up.',
  });
}

type Hook = (id: string) => void | Promise<void>;

/**
 * Many origins as one. Every origin is to have the same voices: a voice is added to all or to none, deleted wherever it is,
 * and renamed wherever it is. The list is the union of those that answer; any one of them encodes and decodes. Origins that are too
 * old to keep voices do not count as long as one does: a voice is spoken by those whose list names it.
 *
 * @param onReferenceChanged is awaited with each id that means another voice now, or may
 */
export function combineFishApis(apis: readonly FishApi[], onReferenceChanged?: Hook): FishApi {
  let turn = 0;
  const changed = async (ids: readonly string[], outcomes: readonly Outcome[]): Promise<void> => {
    if (outcomes.every(({ error }) => isRefusal(error))) return;
    // The voice has changed already: whoever keeps something of it answers for its own trouble.
    await Promise.allSettled(ids.map(async (id) => onReferenceChanged?.(id)));
  };
  /** The answer of one origin; another is asked while one cannot answer, as nothing is changed by asking. */
  const anyone = async <T>(ask: (api: FishApi) => Promise<T>): Promise<T> => {
    const first = turn++ % apis.length;
    const order = [...apis.slice(first), ...apis.slice(0, first)];
    const failures: unknown[] = [];
    for (const api of order) {
      try {
        return await ask(api);
      } catch (error) {
        if (!isElsewhere(error)) throw error;
        failures.push(error);
      }
    }
    throw failures[0];
  };

  return {
    async listReferences(signal) {
      const lists: (readonly string[])[] = [];
      const outcomes = await outcomesOf(apis, async (api) => {
        lists.push(await api.listReferences(signal));
      });
      if (lists.length === 0) throw without(outcomes, 'not_supported')[0]?.error;
      return [...new Set(lists.flat())].sort();
    },
    async addReference(reference, signal) {
      const outcomes = await outcomesOf(apis, (api) => api.addReference(reference, signal));
      await settle(without(outcomes, 'not_supported'), {
        undo: (api) => api.deleteReference(reference.id, nobodyLeaves()),
        partly: 'The reference was added to some origins only. Delete it and try again.',
      }).finally(() => changed([reference.id], outcomes));
    },
    async deleteReference(id, signal) {
      const outcomes = await outcomesOf(apis, (api) => api.deleteReference(id, signal));
      await settle(without(outcomes, 'not_supported', 'reference_not_found'), {
        partly: 'The reference was deleted on some origins only. Try again.',
      }).finally(() => changed([id], outcomes));
    },
    async renameReference(oldId, newId, signal) {
      const outcomes = await outcomesOf(apis, (api) => api.renameReference(oldId, newId, signal));
      await settle(without(outcomes, 'not_supported', 'reference_not_found'), {
        undo: (api) => api.renameReference(newId, oldId, nobodyLeaves()),
        partly: 'The reference was renamed on some origins only. Try again.',
      }).finally(() => changed([oldId, newId], outcomes));
    },
    encode: (audios, signal) => anyone((api) => api.encode(audios, signal)),
    decode: (tokens, signal) => anyone((api) => api.decode(tokens, signal)),
  };
}

interface Outcome {
  readonly api: FishApi;
  /** Undefined where it went well. */
  readonly error?: Error;
}

function outcomesOf(apis: readonly FishApi[], work: (api: FishApi) => Promise<void>): Promise<Outcome[]> {
  const run = async (api: FishApi): Promise<Outcome> => {
    try {
      await work(api);
      return { api };
    } catch (error) {
      return { api, error: error as Error };
    }
  };
  return Promise.all(apis.map(run));
}

/** Origins that keep no voices, or never had this one, do not count, as long as another does: of those that are left the first code decides. */
function without(
  outcomes: readonly Outcome[],
  ...codes: readonly SpeechFailure['error']['code'][]
): readonly Outcome[] {
  return codes.reduce((left, code) => {
    const others = left.filter(({ error }) => !isCode(error, code));
    return others.length === 0 ? left : others;
  }, outcomes);
}

interface Repair {
  /** Takes back what an origin has done; absent where nothing can. */
  readonly undo?: (api: FishApi) => Promise<void>;
  /** What the client is told when origins differ now. */
  readonly partly: string;
}

/** @throws the most telling failure when nothing has changed, and `partly` when some of it could not be taken back */
async function settle(outcomes: readonly Outcome[], { undo, partly }: Repair): Promise<void> {
  const errors = outcomes.flatMap(({ error }) => (error ? [error] : []));
  if (errors.length === 0) return;
  const done = outcomes.filter(({ error }) => !error);
  const telling =
    errors.find((error) => error instanceof ClientGone) ?? errors.find(isRefusal) ?? (errors[0] as Error);
  const changed = done.map(({ api }) => api);
  const left = undo ? (await outcomesOf(changed, undo)).filter(({ error }) => error) : done;
  if (left.length === 0) throw telling;
  throw new SpeechFailure({ code: 'engine_unavailable', message: partly }, telling);
}

/** Even a client that has left leaves the origins alike; each call has its own deadline. */
function nobodyLeaves(): AbortSignal {
  return new AbortController().signal;
}

/** Whether another origin may do better. */
function isElsewhere(error: unknown): boolean {
  return isCode(error, 'origin_unavailable') || isCode(error, 'overloaded');
}

function isCode(error: unknown, code: SpeechFailure['error']['code']): boolean {
  return error instanceof SpeechFailure && error.error.code === code;
}
