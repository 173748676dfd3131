import { SpeechFailure } from '../../speech/errors.ts';
import { findVoice, type Voice } from '../../speech/voices.ts';
import type { PooledOrigin } from './choice.ts';
import { referenceIdOf } from './origin.ts';

/** Where a voice is spoken. */
export interface Whereabouts {
  /** The origins' name for it; null is their default voice. */
  readonly referenceId: string | null;
  /** Ids of the origins that have it, as far as is known; undefined: all. */
  readonly ids?: ReadonlySet<string> | undefined;
}

/**
 * Finds the origins to ask for a voice: those whose list names it; where none does, those that may have it because they
 * gave no list. Waits for lists a second at most, and only where no list names the voice.
 *
 * @throws SpeechFailure `voice_not_found` when every list that is believed lacks it
 */
export async function locateVoice(
  voice: string | undefined,
  origins: readonly PooledOrigin[],
): Promise<Whereabouts> {
  const referenceId = referenceIdOf(voice);
  if (referenceId === null || origins.length === 0) return { referenceId };
  const having = origins.filter(({ origin }) => origin.list.has(referenceId));
  if (having.length > 0) return { referenceId, ids: idsOf(having) };
  const lacking = await Promise.all(origins.map(({ origin }) => origin.list.lacks(referenceId)));
  const possible = origins.filter((_, i) => !lacking[i]);
  if (possible.length === 0) throw new SpeechFailure({ code: 'voice_not_found', voice: referenceId });
  const found = possible.filter(({ origin }) => origin.list.has(referenceId)); // learnt meanwhile
  return { referenceId, ids: idsOf(found.length > 0 ? found : possible) };
}

/**
 * The voice that a client means: an origin's own name for it, in any case; undefined is the default one. A name that no list
 * has is taken as it is. Waits as `locateVoice` does. @throws SpeechFailure `voice_not_found` for what can be no name
 */
export async function nameVoice(
  asked: string | undefined,
  origins: readonly PooledOrigin[],
): Promise<string | undefined> {
  const name = referenceIdOf(asked);
  if (name === null) return undefined;
  if (origins.some(({ origin }) => origin.list.has(name))) return name;
  return findVoice(name, await unitedVoices(origins))?.id ?? name;
}

function idsOf(origins: readonly PooledOrigin[]): ReadonlySet<string> {
  return new Set(origins.map(({ id }) => id));
}

/** The voices of all origins: the default one first, each once. */
export async function unitedVoices(origins: readonly PooledOrigin[]): Promise<readonly Voice[]> {
  const lists = await Promise.all(origins.map(({ origin }) => origin.list.voices()));
  const byId = new Map<string, Voice>();
  for (const voice of lists.flat()) if (!byId.has(voice.id)) byId.set(voice.id, voice);
  return [...byId.values()];
}
