import type { Engine } from '../../core/engine.ts';
import { namesNoVoice, namesVoice, resolveVoice } from '../../core/voices.ts';

const EVERY_OTHER = '*';

/**
 * `Engine.voiceOf` of an engine whose list is at hand. Names of other systems (ids of the Fish Audio cloud, say) may mean
 * voices of it: by name, `*` for all names that it does not know. Its own voices go first.
 */
export function voicesByList(
  engine: Pick<Engine, 'voices'>,
  mapped: ReadonlyMap<string, string>,
): NonNullable<Engine['voiceOf']> {
  return async (asked) => {
    const voices = await engine.voices();
    const meant = mapped.get(asked ?? '') ?? mapped.get(EVERY_OTHER);
    const isOwn = meant === undefined || namesNoVoice(asked) || namesVoice(asked ?? '', voices);
    return resolveVoice(isOwn ? asked : meant, voices).id;
  };
}
