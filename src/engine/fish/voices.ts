import type { Ports } from '../../core/ports.ts';
import type { VoiceList } from '../../core/upstream.ts';
import type { Voice } from '../../core/voices.ts';
import { fetchJson, NoSuchRoute } from '../upstream/call.ts';
import { createVoiceList, fixedList } from '../upstream/voice-list.ts';
import type { FishOptions } from './options.ts';
import { isRegisteredVoice } from './registered-voices.ts';

const MAX_LIST_BYTES = 1024 * 1024;

export const defaultFishVoice: Voice = {
  id: 'default',
  name: 'Default',
  description: "The Fish-Speech origin's default voice",
  language: 'mul', // BCP 47 for several languages: the text decides
  aliases: [],
};

/** The reference voices of a Fish-Speech server. 1.4 and 1.5 keep none. */
export function createFishVoices(options: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): VoiceList {
  if (options.voices) return fixedList(options.voices, toVoices);
  const source = {
    toVoices,
    async fetchIds(withinMs: number, signal?: AbortSignal) {
      const read = { path: '/v1/references/list', maxBytes: MAX_LIST_BYTES, withinMs, signal };
      const answer = await fetchJson(read, options, ports).catch((error: unknown) => {
        if (error instanceof NoSuchRoute) return undefined;
        throw error;
      });
      if (answer === undefined) return undefined;
      const { reference_ids: ids } = answer as { reference_ids?: unknown };
      if (!Array.isArray(ids)) throw new Error('The origin gave no list of voices.');
      return ids.filter((id) => typeof id === 'string');
    },
  };
  const { changes } = options;
  return createVoiceList(
    changes ? { ...source, follow: (follower) => changes.follow(follower) } : source,
    options,
    ports,
  );
}

export function toVoices(ids: readonly string[]): readonly Voice[] {
  const own = ids.filter((id) => id !== defaultFishVoice.id && !isRegisteredVoice(id));
  return [defaultFishVoice, ...own.map(referenceVoice)];
}

function referenceVoice(id: string): Voice {
  return {
    id,
    name: id,
    description: 'A reference voice of the Fish-Speech origin',
    language: 'mul',
    aliases: [],
  };
}
