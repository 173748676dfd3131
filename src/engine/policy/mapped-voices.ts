import { namesNoVoice, namesVoice } from '../../speech/voices.ts';
import type { Policy } from '../engine.ts';
import { withOpen } from './opening.ts';

const EVERY_OTHER = '*';

/**
 * Lets names of other systems (ids of the Fish Audio cloud, say) mean voices of this engine: by name, `*` for all names that
 * it does not know. Its own voices go first.
 */
export function mappedVoices(voices: ReadonlyMap<string, string>): Policy {
  if (voices.size === 0) return (inner) => inner;
  return (inner) =>
    withOpen(inner, async (request, signal) => {
      const { voice = '' } = request;
      const mapped = voices.get(voice) ?? voices.get(EVERY_OTHER);
      const isOwn = mapped === undefined || namesNoVoice(voice) || namesVoice(voice, await inner.voices());
      return inner.open(isOwn ? request : { ...request, voice: mapped }, signal);
    });
}
