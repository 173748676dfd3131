import { type SpeechError, SpeechFailure } from '../../core/errors.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { UpstreamVoice } from '../../core/upstream.ts';
import { findVoice, openaiVoices, type Voice } from '../../core/voices.ts';
import type { PooledOrigin } from './choice.ts';

/** Where a voice is spoken. */
export interface Whereabouts {
  /** The upstreams' name for it; null is their default voice. */
  readonly voice: UpstreamVoice;
  /** Ids of the upstreams that have it, as far as is known; undefined: all. */
  readonly ids?: ReadonlySet<string> | undefined;
}

/**
 * Finds the upstreams to ask for a voice: those whose list names it; where none does, those that may have it because they
 * gave no list. A voice is one voice: where upstreams of several families list a name, the first one of the configuration
 * says which family's voice it is. Waits for lists a second at most, and only where no list names the voice.
 *
 * @throws SpeechFailure `voice_not_found` when every list that is believed lacks it
 */
export async function locateVoice(
  asked: string | undefined,
  pooled: readonly PooledOrigin[],
): Promise<Whereabouts> {
  const claims = pooled.flatMap((each) => {
    const name = each.origin.voiceOf(asked);
    return name == null ? [] : [{ ...each, name, list: each.origin.list }];
  });
  const isAnyones = pooled.some(({ origin }) => origin.voiceOf(asked) === null);
  const [name] = claims.map((claim) => claim.name);
  if (name === undefined) {
    if (isAnyones || pooled.length === 0) return { voice: null };
    throw new SpeechFailure({ code: 'voice_not_found', voice: asked ?? '' });
  }
  const naming = (): typeof claims => claims.filter(({ list }) => list.has(name));
  const having = naming();
  if (having.length > 0) return { voice: name, ids: oneFamily(having) };
  const lacking = await Promise.all(claims.map(({ list }) => list.lacks(name)));
  const possible = claims.filter((_, i) => !lacking[i]);
  const found = naming(); // learnt meanwhile
  if (found.length > 0) return { voice: name, ids: oneFamily(found) };
  if (possible.length > 0) return { voice: name, ids: idsOf(possible) };
  if (isAnyones || openaiVoices.includes(name)) return { voice: null };
  throw new SpeechFailure({ code: 'voice_not_found', voice: name });
}

/**
 * The voice that a client means: the upstreams' own name for it, in any case; undefined leaves it to them. A name that no list
 * has is taken as it is. Waits for lists a second at most, and only where none names it.
 *
 * @throws SpeechFailure `voice_not_found` for what can be no name
 */
export async function nameVoice(
  asked: string | undefined,
  pooled: readonly PooledOrigin[],
): Promise<string | undefined> {
  const names = pooled.map(({ origin }) => origin.voiceOf(asked));
  const name = names.find((each) => typeof each === 'string');
  if (name == null) {
    if (names.includes(null) || pooled.length === 0) return undefined;
    throw new SpeechFailure({ code: 'voice_not_found', voice: asked ?? '' });
  }
  if (pooled.some(({ origin }) => origin.list.has(name))) return name;
  return findVoice(name, await unitedVoices(pooled))?.id ?? name;
}

function oneFamily(having: readonly PooledOrigin[]): ReadonlySet<string> {
  const [first] = having;
  return idsOf(having.filter(({ origin }) => origin.family === first?.origin.family));
}

function idsOf(pooled: readonly PooledOrigin[]): ReadonlySet<string> {
  return new Set(pooled.map(({ id }) => id));
}

/**
 * The upstreams of `where` that can speak `request` as it is meant. Recordings of the client's go to those that imitate a
 * voice. Parts of a text whose voice was left to the upstreams go where the first of them was spoken, unless its voice can
 * be taken along as a recording.
 *
 * @param began the family that spoke the beginning of the text, where that is known
 * @throws SpeechFailure `not_supported` when the client brought recordings and none of the upstreams takes them
 */
export function ableFor(
  request: Pick<SpeechRequest, 'references' | 'ownReferences'>,
  where: Whereabouts,
  pooled: readonly PooledOrigin[],
  began: string | undefined,
): Whereabouts {
  const { references, ownReferences } = request;
  const possible = pooled.filter(({ id }) => where.ids === undefined || where.ids.has(id));
  const cloning = possible.filter(({ origin }) => origin.abilities.clones);
  if (cloning.length === possible.length) return where;
  if (references.length > 0 && !ownReferences) {
    if (cloning.length === 0) throw new SpeechFailure(noClones);
    return { ...where, ids: idsOf(cloning) };
  }
  if (where.voice !== null) return where;
  const begun = possible.filter(({ origin }) => origin.family === began && !origin.abilities.clones);
  if (begun.length > 0) return { ...where, ids: idsOf(begun) };
  return references.length > 0 && cloning.length > 0 ? { ...where, ids: idsOf(cloning) } : where;
}

const noClones: SpeechError = {
  code: 'not_supported',
  message: 'No speech server behind this one imitates recordings of a voice.',
};

/** The voices of all upstreams, those of the first one first, each once. */
export async function unitedVoices(pooled: readonly PooledOrigin[]): Promise<readonly Voice[]> {
  const lists = await Promise.all(pooled.map(({ origin }) => origin.list.voices()));
  const byId = new Map<string, Voice>();
  for (const voice of lists.flat()) if (!byId.has(voice.id)) byId.set(voice.id, voice);
  return [...byId.values()];
}
