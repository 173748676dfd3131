import { EarlyAnswer } from '../../conversation/early-answer.ts';
import { Permission } from '../../conversation/permission.ts';
import { Playback } from '../../conversation/playback.ts';
import type { ChatMessage } from '../../core/conversation.ts';
import { isBlank } from '../../speech/speakable.ts';
import { chatMessages } from './chat-messages.ts';
import type { AskedResponse, ClientEvent } from './client-events.ts';
import type { ConversationParts } from './conversation-parts.ts';
import { EventRefused } from './event-error.ts';
import { InputAudio, type InputEvents } from './input-audio.ts';
import { type Item, newId } from './item.ts';
import { ItemList } from './item-list.ts';
import { Recordings } from './recordings.ts';
import { askedOf, createReply, RealtimeResponse } from './response.ts';
import { type ResponseSettings, type SessionSettings, withChanges } from './session-settings.ts';
import { SpokenMessages } from './spoken-messages.ts';
import { Transcripts } from './transcripts.ts';
import { turnEvents, userAudio } from './turn-events.ts';
import { itemJson, sessionJson } from './wire-format.ts';

/** Responses beside the conversation that are made at once. */
const MAX_APART = 4;

/** What a client's events do: one conversation, its microphone, and the responses to it. */
export class RealtimeConversation {
  readonly #parts: ConversationParts;
  readonly #id: string = newId('conv');
  readonly #items = new ItemList();
  readonly #playback: Playback;
  readonly #input: InputAudio;
  readonly #transcripts: Transcripts;
  readonly #recordings: Recordings;
  readonly #spoken = new SpokenMessages();
  readonly #permission: Permission;
  /** To what the user may have finished saying. */
  readonly #early: EarlyAnswer;
  #settings: SessionSettings;
  #active: RealtimeResponse | undefined;
  readonly #apart = new Set<RealtimeResponse>();
  /** A turn of the user ended while a response was being made that nothing interrupts. */
  #owesResponse = false;

  constructor(settings: SessionSettings, parts: ConversationParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#playback = new Playback(parts.clock);
    this.#permission = new Permission(parts.again);
    this.#early = new EarlyAnswer(parts.clock);
    this.#transcripts = new Transcripts(parts.clock);
    const { listening, resample, transcription: recogniser, writer, again } = parts;
    const [items, transcripts] = [this.#items, this.#transcripts];
    this.#recordings = new Recordings({ writer, items, transcripts, recogniser, again });
    this.#input = new InputAudio(settings, { listening, resample, events: this.#turnEvents() });
  }

  /** Says what the session is. */
  open(): void {
    const { writer } = this.#parts;
    writer.send({ type: `${this.#sessionName}.created`, session: this.#sessionJson() });
    if (this.#isConversation) {
      const conversation = { id: this.#id, object: 'realtime.conversation' };
      writer.send({ type: 'conversation.created', conversation });
    }
  }

  /** A response is being made. */
  get isBusy(): boolean {
    return this.#active !== undefined || this.#apart.size > 0;
  }

  /** The client has left. */
  close(): void {
    this.#input.close();
    this.#transcripts.close();
    this.#recordings.close();
    this.#early.drop();
    this.#active?.drop();
    for (const response of this.#apart) response.drop();
  }

  /** @throws EventRefused or SpeechFailure for what cannot be */
  handle(event: ClientEvent): void {
    const { writer } = this.#parts;
    switch (event.type) {
      case 'session.update':
      case 'transcription_session.update':
        this.#update(event);
        break;
      case 'input_audio_buffer.append':
        this.#input.append(event.audio);
        break;
      case 'input_audio_buffer.commit':
        this.#input.commit();
        break;
      case 'input_audio_buffer.clear':
        this.#input.clear();
        this.#early.drop();
        writer.send({ type: 'input_audio_buffer.cleared' });
        break;
      case 'conversation.item.create':
        this.#create(event);
        break;
      case 'conversation.item.delete':
        this.#items.delete(event.item_id);
        this.#forget(event.item_id);
        break;
      case 'conversation.item.retrieve': {
        const item = itemJson(this.#items.get(event.item_id), writer.generation);
        writer.send({ type: 'conversation.item.retrieved', item });
        break;
      }
      case 'conversation.item.truncate':
        this.#truncate(event);
        break;
      case 'response.create':
        this.#createResponse(event.response);
        break;
      case 'response.cancel':
        this.#cancel(event.response_id);
        break;
    }
  }

  get #isConversation(): boolean {
    return this.#parts.facts.type === 'realtime';
  }

  /** The beta has events of their own for sessions that only transcribe. */
  get #sessionName(): string {
    return this.#parts.writer.generation === 'beta' && !this.#isConversation
      ? 'transcription_session'
      : 'session';
  }

  #sessionJson(): object {
    return sessionJson(this.#parts.facts, this.#settings, this.#parts.writer.generation);
  }

  #update({
    session,
  }: Extract<ClientEvent, { type: 'session.update' | 'transcription_session.update' }>): void {
    const { writer, facts } = this.#parts;
    if (session.type !== undefined && session.type !== facts.type) {
      const message = `This is a ${facts.type} session; the address decides which it is.`;
      throw new EventRefused('invalid_value', message, 'session.type');
    }
    const settings = withChanges(this.#settings, session.changes, this.#parts.usualTurns);
    this.#input.change(settings);
    this.#settings = settings;
    writer.send({ type: `${this.#sessionName}.updated`, session: this.#sessionJson() });
  }

  #create({
    item,
    recordings,
    previous_item_id: after,
  }: Extract<ClientEvent, { type: 'conversation.item.create' }>): void {
    const transcribe = this.#recordings.prepare(item, recordings, this.#settings);
    this.#add(item, after);
    transcribe();
  }

  #add(item: Item, after?: string): void {
    const { writer } = this.#parts;
    const previous = this.#items.insert(item, after);
    const told = { previous_item_id: previous, item: itemJson(item, writer.generation) };
    writer.send({ type: 'conversation.item.added', ...told });
    writer.send({ type: 'conversation.item.done', ...told });
    for (const { id } of this.#items.takeOverflow()) this.#forget(id);
  }

  #forget(id: string): void {
    this.#spoken.forget(id);
    this.#parts.writer.send({ type: 'conversation.item.deleted', item_id: id });
  }

  /** The client tells how much of a message it played: no more of it was said. */
  #truncate(event: Extract<ClientEvent, { type: 'conversation.item.truncate' }>): void {
    const { item_id, content_index, audio_end_ms } = event;
    this.#items.replace(this.#spoken.truncate(this.#items.get(item_id), event));
    if (!this.#active) this.#playback.drop(); // what was not played is thrown away
    this.#parts.writer.send({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms });
  }

  #createResponse(asked: AskedResponse): void {
    if (!this.#isConversation)
      throw new EventRefused('invalid_value', 'A transcription session has no responses.', 'type');
    if (!asked.isApart && this.#active) {
      const message = `Conversation already has an active response in progress: ${this.#active.id}. Wait until the response is finished before creating a new one.`;
      throw new EventRefused('conversation_already_has_active_response', message);
    }
    if (asked.isApart && this.#apart.size >= MAX_APART)
      throw new EventRefused('too_many_responses', `At most ${MAX_APART} responses beside the conversation.`);
    this.#respond(asked);
  }

  #cancel(id: string | undefined): void {
    const responses = [...(this.#active ? [this.#active] : []), ...this.#apart];
    const response = id === undefined ? this.#active : responses.find((each) => each.id === id);
    if (!response)
      throw new EventRefused('response_cancel_not_active', 'Cancellation failed: no active response found');
    response.cancel('client_cancelled');
  }

  #respond({ changes, isApart, input, metadata }: AskedResponse): void {
    const { writer, clock, wasm, model, speak } = this.#parts;
    const settings: ResponseSettings = { ...this.#settings, ...changes };
    const readItems = (): readonly Item[] =>
      input?.map((item) => (item.type === 'item_reference' ? this.#items.get(item.id) : item)) ??
      this.#items.all;
    readItems(); // an item that is not there is told at once
    const prepare = async (): Promise<readonly ChatMessage[]> => {
      await Promise.all([this.#permission.use(), this.#transcripts.settled()]);
      const items = readItems();
      this.#transcripts.check(items);
      return chatMessages(settings.instructions, items);
    };
    const response = new RealtimeResponse({
      ...{ writer, clock, wasm, model, settings, metadata, prepare },
      speak: speak(settings),
      playback: isApart ? new Playback(clock) : this.#playback,
      early: isApart ? undefined : this.#early,
      conversation: isApart ? undefined : { id: this.#id, items: this.#items },
      onMessage: (item, reply) => {
        if (!isApart && settings.modality === 'audio') this.#spoken.note(item, reply);
      },
      onOver: () => this.#over(response),
    });
    if (isApart) this.#apart.add(response);
    else this.#active = response;
    response.run().catch((error: unknown) => this.#parts.onRest(error));
  }

  /** Its last event is told: the next may begin. */
  #over(response: RealtimeResponse): void {
    this.#apart.delete(response);
    if (this.#active === response) this.#active = undefined;
    for (const { id } of this.#items.takeOverflow()) this.#forget(id);
    if (this.#owesResponse && !this.#active) this.#answerTurn();
    if (!this.isBusy) this.#parts.onRest();
  }

  #answerTurn(): void {
    this.#owesResponse = this.#active !== undefined;
    if (!this.#active) this.#respond({ changes: {}, isApart: false, input: undefined, metadata: null });
  }

  /** The user may have finished: a response is begun, and nothing is told of it until that is known. */
  #expect(text: string): void {
    if (!this.#isConversation || this.#active || isBlank(text)) return;
    const { clock, model, speak } = this.#parts;
    const settings = this.#settings;
    this.#early.begin(async () => {
      await Promise.all([this.#permission.ahead(), this.#transcripts.settled()]);
      const items = [...this.#items.all, userAudio('', text)];
      const asked = askedOf(chatMessages(settings.instructions, items), settings);
      const parts = { clock, model, settings, playback: this.#playback, speak: speak(settings) };
      return { ...asked, create: () => createReply(asked, parts) };
    });
  }

  #turnEvents(): InputEvents {
    const { writer } = this.#parts;
    return turnEvents({
      writer,
      items: this.#items,
      transcripts: this.#transcripts,
      settings: () => this.#settings,
      add: (item) => this.#add(item),
      interrupt: () => {
        this.#owesResponse = false;
        this.#active?.cancel('turn_detected');
      },
      expect: (text) => this.#expect(text),
      goOn: () => this.#early.drop(),
      answer: () => {
        if (this.#isConversation) this.#answerTurn();
      },
      leave: () => {
        this.#early.drop();
        this.#permission.forget();
      },
    });
  }
}
