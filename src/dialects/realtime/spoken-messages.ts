import type { Reply } from '../../conversation/reply.ts';
import type { ClientEvent } from './client-events.ts';
import { EventRefused } from './event-error.ts';
import type { Item } from './item.ts';

/** What was said in messages of a conversation, and how much of it was sent, in milliseconds. */
export class SpokenMessages {
  readonly #spoken = new Map<string, { readonly reply: Reply; readonly sentMs: number }>();

  note({ id }: Item, reply: Reply): void {
    this.#spoken.set(id, { reply, sentMs: reply.sentMs });
  }

  forget(id: string): void {
    this.#spoken.delete(id);
  }

  /**
   * The client tells how much of a message it played: no more of it was said.
   * @returns the message as it was heard
   * @throws EventRefused for what is no audio of the assistant, or more than there is
   */
  truncate(
    item: Item,
    { content_index, audio_end_ms }: Extract<ClientEvent, { type: 'conversation.item.truncate' }>,
  ): Item {
    const spoken = this.#spoken.get(item.id);
    const [part] = item.type === 'message' ? item.content : [];
    if (item.type !== 'message' || part?.type !== 'output_audio' || content_index !== 0 || !spoken) {
      const message = 'Only audio of the assistant can be truncated, once it is no more being made.';
      throw new EventRefused('invalid_value', message, 'item_id');
    }
    if (audio_end_ms > Math.ceil(spoken.sentMs)) {
      const message = `Audio content of ${Math.ceil(spoken.sentMs)}ms is already shorter than ${audio_end_ms}ms.`;
      throw new EventRefused('invalid_value', message, 'audio_end_ms');
    }
    return { ...item, content: [{ type: 'output_audio', transcript: spoken.reply.heardText(audio_end_ms) }] };
  }
}
