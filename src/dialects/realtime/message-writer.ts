import type { Ports } from '../../core/ports.ts';
import { toBase64 } from '../../http/audio-bytes.ts';
import { createLineOutput, type LineAudio } from '../../speech/line-audio.ts';
import type { EventWriter, ServerEvent } from './event-writer.ts';
import { type ContentPart, type MessageItem, newId } from './item.ts';
import type { ItemList } from './item-list.ts';
import type { ResponseSettings } from './session-settings.ts';
import { itemJson } from './wire-format.ts';

interface MessageParts {
  readonly writer: EventWriter;
  readonly wasm: Ports['wasm'];
  readonly settings: Pick<ResponseSettings, 'modality' | 'outputFormat'>;
  /** Of the conversation that it is added to; undefined where it is part of none. */
  readonly items: ItemList | undefined;
  /** Where it stands: a part of every event about it. */
  readonly place: { readonly response_id: string; readonly output_index: number };
}

/** Writes the one message of a response, from `response.output_item.added` to `response.output_item.done`. */
export class MessageWriter {
  readonly #parts: MessageParts;
  readonly #id: string = newId('item');
  readonly #previous: string | null | undefined;
  /** What the client was told of the text. */
  #text = '';
  /** Where in the model's text the last sentence ends. */
  #saidUpTo = 0;
  #line: LineAudio | undefined;
  #isClosed = false;

  constructor(parts: MessageParts) {
    this.#parts = parts;
    const { writer, items, place } = parts;
    const begun = this.#item('in_progress', []);
    const shown = itemJson(begun, writer.generation);
    writer.send({ type: 'response.output_item.added', ...place, item: shown });
    this.#previous = items?.insert(begun);
    if (items)
      writer.send({ type: 'conversation.item.added', previous_item_id: this.#previous, item: shown });
    this.#send('response.content_part.added', { part: this.#partJson('') });
  }

  /** More of a message in writing. */
  write(delta: string): Promise<void> {
    this.#text += delta;
    return this.#sendPaced('response.output_text.delta', { delta });
  }

  /** A sentence begins to be heard. @param written what the model has written so far, the sentence in it */
  say(sentence: string, written: string): Promise<void> {
    const at = written.indexOf(sentence, this.#saidUpTo);
    const space = at < 0 ? '' : (/\s*$/.exec(written.slice(this.#saidUpTo, at))?.[0] ?? '');
    if (at >= 0) this.#saidUpTo = at + sentence.length;
    const delta = this.#text === '' ? sentence : space + sentence;
    this.#text += delta;
    return this.#sendPaced('response.output_audio_transcript.delta', { delta });
  }

  /** Mono s16le at the rate of the line. */
  async play(pcm: Uint8Array): Promise<void> {
    const { settings, wasm } = this.#parts;
    this.#line ??= await createLineOutput(settings.outputFormat, wasm);
    if (!this.#isClosed) await this.#sendAudio(this.#line.push(pcm));
  }

  /** Sends what the line still holds. */
  async flush(): Promise<void> {
    const rest = this.#line?.end();
    this.#line = undefined;
    if (rest) await this.#sendAudio(rest);
  }

  /** @param kept what the conversation keeps of it, where that is less than was told */
  close(status: 'completed' | 'incomplete', kept?: string): MessageItem {
    this.drop();
    const { writer, settings, items, place } = this.#parts;
    const text = this.#text;
    if (settings.modality === 'audio') {
      this.#send('response.output_audio.done', {});
      this.#send('response.output_audio_transcript.done', { transcript: text });
    } else this.#send('response.output_text.done', { text });
    this.#send('response.content_part.done', { part: this.#partJson(text) });
    const item = this.#item(status, [contentOf(settings, text)]);
    items?.replace(kept === undefined ? item : this.#item(status, [contentOf(settings, kept)]));
    const shown = itemJson(item, writer.generation);
    if (items) writer.send({ type: 'conversation.item.done', previous_item_id: this.#previous, item: shown });
    writer.send({ type: 'response.output_item.done', ...place, item: shown });
    return item;
  }

  /** Nothing more is made. */
  drop(): void {
    this.#isClosed = true;
    this.#line?.close();
    this.#line = undefined;
  }

  #item(status: MessageItem['status'], content: readonly ContentPart[]): MessageItem {
    return { id: this.#id, type: 'message', role: 'assistant', status, content };
  }

  #partJson(text: string): object {
    return this.#parts.settings.modality === 'audio'
      ? { type: 'audio', transcript: text }
      : { type: 'text', text };
  }

  async #sendAudio(audio: Uint8Array): Promise<void> {
    if (audio.length === 0) return;
    await this.#sendPaced('response.output_audio.delta', { delta: toBase64(audio) });
  }

  #send(type: string, more: object): void {
    this.#parts.writer.send(this.#event(type, more));
  }

  #sendPaced(type: string, more: object): Promise<void> {
    return this.#parts.writer.sendPaced(this.#event(type, more));
  }

  #event(type: string, more: object): ServerEvent {
    return { type, ...this.#parts.place, item_id: this.#id, content_index: 0, ...more };
  }
}

function contentOf({ modality }: Pick<ResponseSettings, 'modality'>, text: string): ContentPart {
  return modality === 'audio' ? { type: 'output_audio', transcript: text } : { type: 'output_text', text };
}
