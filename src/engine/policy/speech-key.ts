import { fingerprint, meaningOf } from '../../speech/fingerprint.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import { namesNoVoice, resolveVoice } from '../../speech/voices.ts';
import type { Engine } from '../engine.ts';

/** Equal for requests that may share what an engine says. */
export interface SpeechKeys {
  /** Quick to make, as long as the text: for what is under way in this process. */
  readonly plain: (request: SpeechRequest) => Promise<string>;
  /** 64 hex digits, for what is kept. */
  readonly hashed: (request: SpeechRequest) => Promise<string>;
}

/** @param voice the voice that a request means, with the revision of its content where there is one */
export function createSpeechKeys(
  engine: string,
  voice: (request: SpeechRequest) => string | Promise<string>,
): SpeechKeys {
  return {
    plain: async (request) => meaningOf(request, { engine, voice: await voice(request) }),
    hashed: async (request) => fingerprint(request, { engine, voice: await voice(request) }),
  };
}

/** As the origins know it: their list is not asked, it may be slow. What they keep under a name may change: see `purgeVoice`. */
export function voiceByName({ voice }: SpeechRequest): string {
  return namesNoVoice(voice) ? '' : (voice ?? '');
}

/** By its id and revision, for an engine whose list is at hand. Rejects with `voice_not_found` as its `open` would. */
export function voiceByRevision(engine: Engine): (request: SpeechRequest) => Promise<string> {
  return async ({ voice }) => {
    const { id, revision = '' } = resolveVoice(voice, await engine.voices());
    return `${id}@${revision}`;
  };
}
