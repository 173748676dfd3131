import { fingerprint } from '../speech/fingerprint.ts';
import type { SpeechRequest } from '../speech/request.ts';
import { namesVoice, resolveVoice } from '../speech/voices.ts';
import type { HttpOptions } from './options.ts';

/**
 * What the speech of a request is made of now, in 64 hex digits: what was asked, the content of the voice and the words as
 * they are taught. Kept audio is served only while that is what it was made of. Undefined while it cannot be known: then
 * nothing is kept and nothing kept is served. `owner` is whose taught words are heard.
 */
export type Makings = (request: SpeechRequest, owner: string | undefined) => Promise<string | undefined>;

export function createMakings({
  engine,
  dictionary,
  revisions,
}: Pick<HttpOptions, 'engine' | 'dictionary' | 'revisions'>): Makings {
  /** The list of origins is not asked: it may be slow, and their voices have no revision of their own. */
  const voiceOf = async ({ voice: asked }: SpeechRequest): Promise<string> => {
    const voice = engine.voiceOf ? await engine.voiceOf(asked) : asked;
    if (engine.fish) return voice === undefined ? '' : `${voice}@${await revisions.of(voice)}`;
    const voices = await engine.voices();
    if (voice !== undefined && engine.identity && !namesVoice(voice, voices)) return voice; // the cloud has no list
    const { id, revision = '' } = resolveVoice(voice, voices);
    return `${id}@${revision}`;
  };
  return async (request, owner) => {
    try {
      const [voice, taught] = await Promise.all([voiceOf(request), dictionary.apply(request, owner)]);
      return await fingerprint(taught, { engine: engine.id, upstreams: engine.identity?.(), voice });
    } catch {
      return undefined;
    }
  };
}
