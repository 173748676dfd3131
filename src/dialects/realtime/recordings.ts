import { SpeechFailure } from '../../core/errors.ts';
import { toBytes } from '../../http/audio-bytes.ts';
import { availableRecogniser, transcribeWhole } from '../../http/transcribe.ts';
import type { Transcription } from '../../recognizer/recognizer.ts';
import { lineFile } from '../../speech/line-audio.ts';
import type { Recording } from './client-events.ts';
import { detailsOf, EventRefused } from './event-error.ts';
import type { EventWriter } from './event-writer.ts';
import type { Item } from './item.ts';
import type { ItemList } from './item-list.ts';
import type { SessionSettings } from './session-settings.ts';
import type { Transcripts } from './transcripts.ts';

/** Recordings that are being written down at once. */
const MAX_PENDING = 4;

const transcription = 'conversation.item.input_audio_transcription';

export interface RecordingParts {
  readonly writer: EventWriter;
  readonly items: ItemList;
  readonly transcripts: Transcripts;
  /** Undefined: this server listens to nobody. */
  readonly recogniser: Transcription | undefined;
  /** Before each: it counts as a request. @throws SpeechFailure when the client may not ask for one more */
  readonly again: () => Promise<void>;
}

/** Part of an item that is to be written down, as the recogniser takes it. */
interface Prepared {
  readonly index: number;
  readonly file: Uint8Array<ArrayBuffer>;
}

/** Recordings that come within items, and not over the microphone: they are written down, as a model reads text. */
export class Recordings {
  readonly #parts: RecordingParts;
  readonly #abort = new AbortController();
  #pending = 0;

  constructor(parts: RecordingParts) {
    this.#parts = parts;
  }

  /**
   * Writes down what is said in an item, once the returned function is called: then the item is there.
   * @throws EventRefused for what is no audio, too much at once, or where nobody listens
   */
  prepare(item: Item, recordings: readonly Recording[], settings: SessionSettings): () => void {
    if (recordings.length === 0) return () => {};
    const { recogniser } = this.#parts;
    if (!recogniser) {
      const message = 'This server listens to no speech: an item of audio needs its transcript.';
      throw new EventRefused('not_supported', message, paramOf(recordings[0]?.index ?? 0));
    }
    if (this.#pending + recordings.length > MAX_PENDING) {
      const message = `At most ${MAX_PENDING} recordings are written down at once.`;
      throw new EventRefused('too_many_recordings', message);
    }
    const prepared = recordings.map(({ index, audio }): Prepared => {
      const bytes = toBytes(audio);
      if (!bytes || bytes.length === 0 || (settings.inputFormat === 'pcm' && bytes.length % 2 === 1)) {
        const message = 'audio must be base64 of whole samples in the format of the session.';
        throw new EventRefused('invalid_audio', message, paramOf(index));
      }
      return { index, file: lineFile(settings.inputFormat, bytes) };
    });
    return () => {
      this.#pending += recordings.length;
      this.#parts.transcripts.expect(item.id);
      void this.#transcribe(recogniser, item.id, prepared, settings).finally(() => {
        this.#pending -= recordings.length;
      });
    };
  }

  /** The client has left. */
  close(): void {
    this.#abort.abort();
  }

  async #transcribe(
    recogniser: Transcription,
    itemId: string,
    recordings: readonly Prepared[],
    settings: SessionSettings,
  ): Promise<void> {
    const { transcripts, again } = this.#parts;
    const { signal } = this.#abort;
    for (const { index, file } of recordings) {
      try {
        await again();
        await availableRecogniser(recogniser);
        const language = settings.transcription?.language;
        const { text, seconds } = await transcribeWhole(recogniser, file, language, signal);
        if (signal.aborted) return;
        this.#tell(itemId, index, text, seconds, settings);
      } catch (thrown) {
        if (signal.aborted) return;
        const error = thrown instanceof SpeechFailure ? thrown.error : ({ code: 'engine_failed' } as const);
        transcripts.fail(itemId, error);
        const failed = { item_id: itemId, content_index: index, error: detailsOf(error) };
        this.#parts.writer.send({ type: `${transcription}.failed`, ...failed });
        return;
      }
    }
    transcripts.settle(itemId);
  }

  #tell(itemId: string, index: number, transcript: string, seconds: number, settings: SessionSettings): void {
    const { items, writer } = this.#parts;
    const item = items.has(itemId) ? items.get(itemId) : undefined;
    if (item?.type !== 'message') return; // deleted meanwhile
    const content = item.content.with(index, { type: 'input_audio', transcript });
    items.replace({ ...item, content });
    if (!settings.transcription) return;
    const part = { item_id: itemId, content_index: index };
    const usage = { type: 'duration', seconds };
    writer.send({ type: `${transcription}.completed`, ...part, transcript, usage });
  }
}

function paramOf(index: number): string {
  return `item.content.${index}.audio`;
}
