import type { Asked, EarlyAnswer } from '../../conversation/early-answer.ts';
import type { Playback } from '../../conversation/playback.ts';
import { Reply, type ReplyEvent, type ReplyOutcome, type ReplyParts } from '../../conversation/reply.ts';
import type { ChatMessage } from '../../core/conversation.ts';
import { type SpeechError, SpeechFailure } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { ReaderStalled } from '../../stream/pass-through.ts';
import { detailsOf } from './event-error.ts';
import type { EventWriter } from './event-writer.ts';
import { type FunctionCallItem, type Item, newId } from './item.ts';
import type { ItemList } from './item-list.ts';
import { MessageWriter } from './message-writer.ts';
import type { ResponseSettings } from './session-settings.ts';
import { itemJson, modalitiesJson, outputJson } from './wire-format.ts';

export type CancelReason = 'turn_detected' | 'client_cancelled';

export interface ResponseParts extends Pick<ReplyParts, 'clock' | 'model' | 'speak'> {
  readonly writer: EventWriter;
  readonly wasm: Ports['wasm'];
  readonly playback: Playback;
  /** What may have been begun for it before. */
  readonly early: EarlyAnswer | undefined;
  readonly settings: ResponseSettings;
  readonly metadata: Readonly<Record<string, string>> | null;
  /** Undefined: the response is no part of the conversation. */
  readonly conversation: { readonly id: string; readonly items: ItemList } | undefined;
  /** What the model reads. @throws SpeechFailure when the client may not ask for one more, or was not understood */
  readonly prepare: () => Promise<readonly ChatMessage[]>;
  /** A message of it is whole, as far as it was made. */
  readonly onMessage: (item: Item, reply: Reply) => void;
  /** Its last event was sent. */
  readonly onOver: () => void;
}

type Status = 'in_progress' | 'completed' | 'cancelled' | 'failed' | 'incomplete';

/** One response: the model's answer in writing or in speech, and the functions that it calls. */
export class RealtimeResponse {
  readonly id: string = newId('resp');
  readonly #parts: ResponseParts;
  readonly #output: Item[] = [];
  #reply: Reply | undefined;
  #message: MessageWriter | undefined;
  /** Of sentences that could not be spoken, before any was. */
  #failures: SpeechError[] = [];
  #isOver = false;

  constructor(parts: ResponseParts) {
    this.#parts = parts;
  }

  /** Resolves at its end, however that was. @throws ClientGone, or ReaderStalled when the client takes nothing */
  async run(): Promise<void> {
    const { writer, settings, prepare } = this.#parts;
    writer.send({ type: 'response.created', response: this.#json('in_progress', null) });
    try {
      const messages = await prepare();
      if (this.#isOver) return;
      const asked = askedOf(messages, settings);
      const reply = this.#parts.early?.take(asked) ?? createReply(asked, this.#parts);
      this.#reply = reply;
      const outcome = await reply.run((event) => this.#follow(reply, event));
      if (!this.#isOver) await this.#finish(outcome);
    } catch (thrown) {
      if (thrown instanceof ClientGone || thrown instanceof ReaderStalled) throw thrown;
      if (!this.#isOver)
        this.#fail(thrown instanceof SpeechFailure ? thrown.error : { code: 'engine_failed' });
    }
  }

  /** Stops the model and the voice at once, and says so. */
  cancel(reason: CancelReason): void {
    if (this.#isOver) return;
    this.#reply?.interrupt();
    this.#closeMessage('incomplete', reason === 'turn_detected');
    if (reason === 'turn_detected') this.#parts.playback.drop(); // clients throw away what they have not played
    this.#end('cancelled', { type: 'cancelled', reason });
  }

  /** The client has left: nothing is said any more. */
  drop(): void {
    this.#isOver = true;
    this.#reply?.interrupt();
    this.#message?.drop();
  }

  async #follow(reply: Reply, event: ReplyEvent): Promise<void> {
    if (this.#isOver) return;
    const isSpoken = this.#parts.settings.modality === 'audio';
    switch (event.kind) {
      case 'text':
        if (!isSpoken) await this.#openMessage().write(event.text);
        break;
      case 'sentence':
        this.#tellFailures();
        await this.#openMessage().say(event.text, reply.text);
        break;
      case 'audio':
        await this.#openMessage().play(event.pcm);
        break;
      case 'sentence-failed':
        this.#failures.push(event.error);
        if (this.#message) this.#tellFailures();
        break;
    }
  }

  async #finish(outcome: ReplyOutcome): Promise<void> {
    const { reason, error, toolCalls } = outcome;
    await this.#message?.flush();
    if (this.#isOver) return;
    const [unspoken] = this.#failures;
    const failure = error ?? (this.#message ? undefined : unspoken);
    if (failure) return this.#fail(failure);
    const cutShort = { length: 'max_output_tokens', filtered: 'content_filter' }[String(reason)];
    this.#closeMessage(cutShort ? 'incomplete' : 'completed');
    for (const call of toolCalls) {
      const { id: callId, name } = call;
      this.#tellCall({
        id: newId('item'),
        type: 'function_call',
        status: cutShort ? 'incomplete' : 'completed',
        call_id: callId || newId('call'),
        name,
        arguments: call.arguments,
      });
    }
    const usage = usageJson(outcome);
    if (cutShort) this.#end('incomplete', { type: 'incomplete', reason: cutShort }, usage);
    else this.#end('completed', null, usage);
  }

  #fail(error: SpeechError): void {
    this.#reply?.interrupt();
    this.#closeMessage('incomplete');
    this.#end('failed', { type: 'failed', error: detailsOf(error) });
  }

  #end(status: Status, details: object | null, usage: object | null = null): void {
    this.#isOver = true;
    this.#parts.writer.send({ type: 'response.done', response: this.#json(status, details, usage) });
    this.#parts.onOver();
  }

  #openMessage(): MessageWriter {
    const { writer, wasm, settings, conversation } = this.#parts;
    this.#message ??= new MessageWriter({
      writer,
      wasm,
      settings,
      items: conversation?.items,
      place: { response_id: this.id, output_index: 0 },
    });
    return this.#message;
  }

  /** @param isCut the conversation keeps what was heard by now, whatever the client was told before */
  #closeMessage(status: 'completed' | 'incomplete', isCut = false): void {
    const message = this.#message;
    if (!message || !this.#reply) return;
    const item = message.close(status, isCut ? this.#reply.heard() : undefined);
    this.#output.push(item);
    this.#parts.onMessage(item, this.#reply);
  }

  /** A sentence is missing: the rest is said, and the client is to know. */
  #tellFailures(): void {
    for (const failure of this.#failures.splice(0)) {
      const { message, ...details } = detailsOf(failure);
      this.#parts.writer.error({ ...details, message: `A sentence could not be spoken: ${message}` });
    }
  }

  #tellCall(item: FunctionCallItem): void {
    const { writer, conversation } = this.#parts;
    const place = { response_id: this.id, output_index: this.#output.length };
    const { generation } = writer;
    const begun = itemJson({ ...item, status: 'in_progress', arguments: '' }, generation);
    writer.send({ type: 'response.output_item.added', ...place, item: begun });
    const previous = conversation?.items.insert(item);
    if (conversation)
      writer.send({ type: 'conversation.item.added', previous_item_id: previous, item: begun });
    const call = { ...place, item_id: item.id, call_id: item.call_id };
    writer.send({ type: 'response.function_call_arguments.delta', ...call, delta: item.arguments });
    const { name, arguments: all } = item;
    writer.send({ type: 'response.function_call_arguments.done', ...call, name, arguments: all });
    const done = itemJson(item, generation);
    if (conversation) writer.send({ type: 'conversation.item.done', previous_item_id: previous, item: done });
    writer.send({ type: 'response.output_item.done', ...place, item: done });
    this.#output.push(item);
  }

  #json(status: Status, details: object | null, usage: object | null = null): object {
    const { writer, settings, conversation, metadata } = this.#parts;
    const { generation } = writer;
    const isBeta = generation === 'beta';
    return {
      object: 'realtime.response',
      id: this.id,
      status,
      status_details: details,
      output: this.#output.map((item) => itemJson(item, generation)),
      conversation_id: conversation?.id ?? null,
      [isBeta ? 'modalities' : 'output_modalities']: modalitiesJson(settings.modality, generation),
      max_output_tokens: settings.maxOutputTokens,
      ...outputJson(settings, generation),
      ...(isBeta ? { temperature: settings.temperature ?? null } : {}),
      usage,
      metadata,
    };
  }
}

/** What a response asks of the model, and what else its audio depends on. */
export function askedOf(messages: readonly ChatMessage[], settings: ResponseSettings): Asked {
  const { modality, voice, speed } = settings;
  return { request: { messages, ...modelRequest(settings) }, manner: [modality, voice, speed] };
}

export function createReply(
  { request }: Asked,
  { clock, model, playback, speak, settings }: ReplyParts & Pick<ResponseParts, 'settings'>,
): Reply {
  const isSpoken = settings.modality === 'audio';
  return new Reply(request, { clock, model, playback, speak: isSpoken ? speak : undefined });
}

function modelRequest({ tools, toolChoice, temperature, maxOutputTokens }: ResponseSettings) {
  return {
    settings: { temperature, maxTokens: maxOutputTokens === 'inf' ? undefined : maxOutputTokens },
    ...(tools.length > 0 ? { tools, toolChoice } : {}),
  };
}

/** Null where the model does not count: no numbers are made up. */
function usageJson({ inputTokens, outputTokens }: ReplyOutcome): object | null {
  if (inputTokens === undefined || outputTokens === undefined) return null;
  return {
    total_tokens: inputTokens + outputTokens,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    input_token_details: { text_tokens: inputTokens, audio_tokens: 0, image_tokens: 0, cached_tokens: 0 },
    output_token_details: { text_tokens: outputTokens, audio_tokens: 0 },
  };
}
