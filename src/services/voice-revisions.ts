import type { RecordStore } from '../core/store.ts';

/**
 * Which content a named reference voice has, as far as this server and those that share its records changed it. Whoever keeps
 * speech notes the revision before it is made and compares it when it is served: what is made meanwhile counts too.
 */
export interface VoiceRevisions {
  /** Equal as long as the voice stays what it is. @throws when the records cannot be reached */
  of(voice: string): Promise<string>;
  /** From now on the voice is another one, or none. */
  changed(voice: string): Promise<void>;
}

const collection = 'voice-revisions';
/** Part of every revision: renewed when revisions are forgotten. */
const allVoices = '*';
/** Voices whose change is remembered; with the next one all is forgotten, and nothing holds that was kept before. */
export const MAX_REVISIONS = 2000;

export function createVoiceRevisions(records: RecordStore): VoiceRevisions {
  const ofVoice = (voice: string): string => `voice:${voice}`;
  const renew = (id: string): Promise<void> => records.put(collection, id, crypto.randomUUID());
  return {
    async of(voice) {
      const ids = [allVoices, ofVoice(voice)];
      const revisions = await Promise.all(ids.map((id) => records.get(collection, id)));
      return revisions.map((revision) => (typeof revision === 'string' ? revision : '')).join('/');
    },
    async changed(voice) {
      await renew(ofVoice(voice));
      const all = await records.list(collection);
      if (all.length <= MAX_REVISIONS + 1) return;
      await renew(allVoices); // first: nobody may see the old revision of a voice that is forgotten
      for (const { id } of all) if (id !== allVoices) await records.delete(collection, id);
    },
  };
}
