import { defaultSampling, type SpeechRequest } from '../core/request.ts';
import type { Said } from '../speech/captions/captions.ts';
import type { DeliveryProgress } from '../speech/delivery-progress.ts';
import { createMakings, type KeepParts } from './kept-speech.ts';

/** What was said in past speeches, for a while, and no longer than the same words would be said so. */
export interface CaptionStore {
  /**
   * Called before `request` is spoken, so that what changes meanwhile is noticed. The function that it gives keeps what was
   * heard as soon as all of it went out; a speech that was broken off leaves nothing.
   */
  keeper(request: SpeechRequest, owner: string | undefined): (id: string, progress: DeliveryProgress) => void;
  find(id: string): Promise<Said | undefined>;
}

interface Kept {
  readonly said: Said;
  readonly asked: Asked;
  /** See `Makings`. */
  readonly made: string;
}

/** What of a request its captions depend on. */
interface Asked extends Pick<SpeechRequest, 'text' | 'voice'> {
  /** Whose taught words are heard. */
  readonly owner: string | undefined;
}

const keyPrefix = 'captions/';

export function createCaptionStore(options: KeepParts): CaptionStore {
  const { state, links, ports } = options;
  const makings = createMakings(options);
  const madeOf = ({ owner, ...asked }: Asked): Promise<string | undefined> =>
    makings({ ...asked, speed: 1, references: [], sampling: defaultSampling, whole: false }, owner);
  return {
    keeper({ text, voice }, owner) {
      const asked: Asked = { text, voice, owner };
      const making = madeOf(asked);
      const keep = async (id: string, progress: DeliveryProgress): Promise<void> => {
        const made = await making;
        if (made === undefined) return;
        const kept: Kept = { said: { rate: progress.rate, segments: progress.segments() }, asked, made };
        const bytes = new TextEncoder().encode(JSON.stringify(kept));
        await state.blobs.put(keyPrefix + id, bytes, { maxAgeMs: links.maxAgeMs });
      };
      return (id, progress) => {
        progress.onComplete(() => {
          const kept = keep(id, progress);
          ports.background?.(kept);
        });
      };
    },
    async find(id) {
      const blob = await state.blobs.get(keyPrefix + id);
      if (!blob) return undefined;
      const { said, asked, made } = JSON.parse(new TextDecoder().decode(blob.bytes)) as Partial<Kept>;
      return asked && made !== undefined && (await madeOf(asked)) === made ? said : undefined;
    },
  };
}
