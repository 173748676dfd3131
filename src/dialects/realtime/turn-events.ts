import { isBlank } from '../../speech/speakable.ts';
import { detailsOf } from './event-error.ts';
import type { EventWriter } from './event-writer.ts';
import type { InputEvents, Turn } from './input-audio.ts';
import type { Item } from './item.ts';
import type { ItemList } from './item-list.ts';
import type { SessionSettings } from './session-settings.ts';
import type { Transcripts } from './transcripts.ts';

interface TurnParts {
  readonly writer: EventWriter;
  readonly items: ItemList;
  readonly transcripts: Transcripts;
  /** As they are now. */
  readonly settings: () => SessionSettings;
  /** Adds an item to the conversation. */
  readonly add: (item: Item) => void;
  /** Cancels the response that is being made. */
  readonly interrupt: () => void;
  /** Begins a response that is told only if the text of the turn is this. */
  readonly expect: (text: string) => void;
  /** The turn goes on: what was begun is of no use. */
  readonly goOn: () => void;
  /** Makes a response. */
  readonly answer: () => void;
  /** The turn is over, and no response follows from it. */
  readonly leave: () => void;
}

const transcription = 'conversation.item.input_audio_transcription';

/** Tells the client what is heard of it, and makes turns items of the conversation. */
export function turnEvents({ writer, items, transcripts, settings, ...does }: TurnParts): InputEvents {
  const part = ({ itemId }: Turn): object => ({ item_id: itemId, content_index: 0 });
  return {
    speechStarted({ startMs, itemId }) {
      const audio_start_ms = Math.round(startMs);
      writer.send({ type: 'input_audio_buffer.speech_started', audio_start_ms, item_id: itemId });
      if (settings().turnDetection?.interruptResponse) does.interrupt();
    },
    speechStopped({ endMs, itemId }) {
      const audio_end_ms = Math.round(endMs);
      writer.send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms, item_id: itemId });
    },
    paused(_, text) {
      if (settings().turnDetection?.createResponse) does.expect(text);
    },
    resumed() {
      does.goOn();
    },
    committed({ itemId }) {
      const previous_item_id = items.lastId;
      writer.send({ type: 'input_audio_buffer.committed', previous_item_id, item_id: itemId });
      transcripts.expect(itemId);
      does.add(userAudio(itemId, null));
    },
    transcribing(turn, delta) {
      if (settings().transcription) writer.send({ type: `${transcription}.delta`, ...part(turn), delta });
    },
    transcribed(turn, transcript) {
      items.replace(userAudio(turn.itemId, transcript));
      transcripts.settle(turn.itemId);
      if (settings().transcription) {
        const usage = { type: 'duration', seconds: Math.max(0, turn.endMs - turn.startMs) / 1000 };
        writer.send({ type: `${transcription}.completed`, ...part(turn), transcript, usage });
      }
      const answers = settings().turnDetection?.createResponse && !turn.byClient;
      if (answers && !isBlank(transcript)) does.answer();
      else does.leave();
    },
    failed(turn, error) {
      does.leave();
      transcripts.fail(turn.itemId, error);
      writer.send({ type: `${transcription}.failed`, ...part(turn), error: detailsOf(error) });
    },
  };
}

/** What a user said: null until that is known. */
export function userAudio(id: string, transcript: string | null): Item {
  const content = [{ type: 'input_audio', transcript }] as const;
  return { id, type: 'message', role: 'user', status: 'completed', content };
}
