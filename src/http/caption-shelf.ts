import type { Said } from '../speech/captions.ts';
import type { Heard } from '../speech/heard.ts';
import type { HttpOptions } from './options.ts';

/** What was said in past speeches, for a while. */
export interface CaptionShelf {
  /** Keeps it as soon as all of it went out; a speech that was broken off leaves nothing. */
  keepWhenWhole(id: string, heard: Heard): void;
  find(id: string): Promise<Said | undefined>;
}

const keyPrefix = 'captions/';

export function createCaptionShelf({ state, links, ports }: HttpOptions): CaptionShelf {
  return {
    keepWhenWhole(id, heard) {
      heard.onWhole(() => {
        const said: Said = { rate: heard.rate, segments: heard.segments() };
        const bytes = new TextEncoder().encode(JSON.stringify(said));
        const put = state.blobs.put(keyPrefix + id, bytes, { maxAgeMs: links.maxAgeMs });
        ports.background?.(put);
      });
    },
    async find(id) {
      const kept = await state.blobs.get(keyPrefix + id);
      return kept && (JSON.parse(new TextDecoder().decode(kept.bytes)) as Said);
    },
  };
}
