import { BargeIn } from '../../conversation/barge-in.ts';
import { type Asked, EarlyAnswer } from '../../conversation/early-answer.ts';
import { History, type HistoryEntry } from '../../conversation/history.ts';
import { Permission } from '../../conversation/permission.ts';
import { Playback } from '../../conversation/playback.ts';
import { Reply } from '../../conversation/reply.ts';
import type { SentencePlace } from '../../conversation/reply-events.ts';
import type { SocketLife } from '../../conversation/socket-life.ts';
import type { LanguageModel, ModelSettings } from '../../core/conversation.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { Character } from '../../services/characters.ts';
import { isSpeakable } from '../../speech/speakable.ts';
import type { Speech } from '../../speech/synthesize.ts';
import { messagesFor, respondersTo, withoutTags } from './cast.ts';
import type { Ensemble } from './ensemble.ts';
import { endOf, errorEvent, event, messagesOf, startOf } from './events.ts';
import { type AskedConversation, ConversationRecord, type RecordOptions } from './record.ts';
import { contentOf, startAnswer, Turn } from './turn.ts';

export interface ConversationOptions {
  readonly clock: Clock;
  readonly model: LanguageModel;
  /** One sentence in the voice of a character, as 24 kHz s16le. */
  readonly speak: (
    text: string,
    voice: string | undefined,
    place: SentencePlace,
    signal: AbortSignal,
  ) => Promise<Speech>;
  /** Before each message of the user but the first. @throws SpeechFailure when the client may not ask for one more */
  readonly again: () => Promise<void>;
  readonly record: RecordOptions;
}

/** What a user says, and what characters answer: one turn after the other, and what was heard of each. */
export class ChatConversation {
  /** Told of what the microphone hears. */
  readonly bargeIn: BargeIn;
  /** To what the user may have finished saying. */
  readonly early: EarlyAnswer;
  settings: ModelSettings = {};
  readonly #options: ConversationOptions;
  readonly #life: SocketLife;
  readonly #ensemble: Ensemble;
  readonly #playback: Playback;
  readonly #permission: Permission;
  readonly #record: ConversationRecord;
  readonly #history = new History((entry) => this.#record.note(entry));
  readonly #id = crypto.randomUUID();
  /** The last one: it may be over and still be heard. */
  #turn: Turn | undefined;
  #turns = 0;
  #isHeld = false;
  /** What was said in a conversation is being read. */
  #opening: Promise<void> | undefined;

  constructor(life: SocketLife, ensemble: Ensemble, options: ConversationOptions) {
    this.#life = life;
    this.#ensemble = ensemble;
    this.#options = options;
    this.#playback = new Playback(options.clock);
    this.#permission = new Permission(async () => {
      if (this.#turns > 0) await options.again();
    });
    this.early = new EarlyAnswer(options.clock);
    this.#record = new ConversationRecord(options.record, (failure, id) => this.#tellUnkept(failure, id));
    this.bargeIn = new BargeIn({
      clock: options.clock,
      isSpeaking: () => this.#isSpeaking,
      hold: () => this.#hold(),
      resume: () => this.#resume(),
      interrupt: () => this.interrupt(),
    });
  }

  /** A turn is being answered. */
  get isBusy(): boolean {
    return this.#turn !== undefined && !this.#turn.isOver;
  }

  get #isSpeaking(): boolean {
    return this.isBusy || (this.#turn !== undefined && this.#playback.remainingMs > 0);
  }

  /** The user may have finished: an answer is begun, and kept back until that is known. */
  expect(text: string): void {
    if (this.#life.isOver || this.#life.isDraining || this.#isSpeaking || !isSpeakable(text)) return;
    this.early.begin(async () => {
      await this.#permission.ahead();
      await this.#opening;
      const cast = await this.#ensemble.characters();
      const [character] = respondersTo(text, cast);
      if (!character) return undefined;
      const said = [...this.#history.entries, { role: 'user', content: text } as const];
      const asked = this.#ask(character, cast, said);
      return { ...asked, create: () => this.#createReply(character, asked) };
    });
  }

  /** The user is quiet again, and said nothing. */
  ended(): void {
    this.early.drop();
    this.#permission.forget();
    this.bargeIn.ended();
  }

  /** The user has said something. @throws SpeechFailure where nobody can answer */
  take(text: string): void {
    if (this.#life.isOver || this.#life.isDraining) return;
    if (!this.#options.model.isSetUp) {
      const message = 'No language model is set up: this server can speak and listen, but not answer.';
      throw new SpeechFailure({ code: 'not_supported', message });
    }
    this.#stopSpeaking();
    const turn = new Turn();
    this.#turn = turn;
    void this.#answer(turn, text).catch((error: unknown) => {
      if (turn.isOver) return;
      turn.interrupt(this.#history); // nobody can answer, or nobody may ask
      this.early.drop();
      this.#life.refuse(error);
      this.#finish(turn);
    });
  }

  /** Goes on with a conversation that is kept, or begins one. @throws SpeechFailure while another one is being opened */
  open(asked: AskedConversation, isFirst = false): void {
    if (this.#opening) throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: 1 });
    this.interrupt();
    this.#opening = this.#open(asked, isFirst)
      .catch((error: unknown) => {
        if (error instanceof SpeechFailure) this.#tellUnkept(error, asked.id);
        else this.#life.end(error);
      })
      .finally(() => {
        this.#opening = undefined;
      });
  }

  /** Stops what is being said, or still to be played, and what may be said next. */
  interrupt(): void {
    this.early.drop();
    this.#stopSpeaking();
  }

  /** The model is told no more of what was said before. What is kept of it stays. */
  clear(): void {
    this.interrupt();
    this.#history.clear();
    this.#life.tell(event('history_cleared'));
  }

  /** The client says that it has played so much of an answer. */
  played(messageId: string | undefined, ms: number): void {
    this.#turn?.answerOf(messageId)?.reply.acknowledge(ms);
  }

  /** The client has left: what is being said ends where it is. */
  stop(): void {
    this.bargeIn.forget();
    this.early.drop();
    if (this.isBusy) this.#turn?.interrupt(this.#history);
  }

  #stopSpeaking(): void {
    this.bargeIn.forget();
    const turn = this.#turn;
    if (!turn || !this.#isSpeaking) return;
    const { current, last } = turn;
    const wasOver = turn.isOver;
    const heard = turn.interrupt(this.#history);
    this.#playback.drop();
    this.#turn = undefined;
    this.#isHeld = false;
    if (current) this.#life.tell(...endOf(current, this.#options.clock));
    const about = { message_id: last?.messageId, character_name: last?.entry.name };
    this.#life.tell(event('interrupted', { ...about, text: heard }));
    if (!wasOver) this.#finish(turn, { interrupted: true });
  }

  async #answer(turn: Turn, text: string): Promise<void> {
    const allowed = this.#permission.use();
    this.#turns += 1;
    await allowed;
    await this.#opening;
    const cast = await this.#ensemble.characters();
    if (turn.isOver) return;
    this.#history.add({ role: 'user', content: text });
    for (const character of respondersTo(text, cast)) {
      if (turn.isOver || !(await this.#reply(turn, character, cast))) break;
    }
    if (!turn.isOver) this.#finish(turn);
  }

  /** @returns false when the model has no answer at all */
  async #reply(turn: Turn, character: Character, cast: readonly Character[]): Promise<boolean> {
    const { clock } = this.#options;
    const asked = this.#ask(character, cast, this.#history.entries);
    const reply = this.early.take(asked) ?? this.#createReply(character, asked);
    if (this.#isHeld) reply.hold();
    const answer = startAnswer(character.name, reply);
    turn.add(answer);
    await this.#life.send(...startOf(answer, clock));
    const outcome = await reply.run(async (what) => {
      if (what.kind === 'audio') this.#life.touch();
      const messages = messagesOf(what, answer, clock);
      if (messages.length > 0) await this.#life.send(...messages);
    });
    if (turn.isOver) return true;
    answer.isDone = true;
    this.#history.settle(answer.entry, contentOf(reply, outcome));
    await this.#life.send(...endOf(answer, clock));
    return outcome.reason !== 'failed' || outcome.text !== '';
  }

  #ask(character: Character, cast: readonly Character[], said: readonly HistoryEntry[]): Asked {
    const request = { messages: messagesFor(character, cast, said), settings: this.settings };
    return { request, manner: [character.name, character.voice] };
  }

  #createReply({ name, voice }: Character, { request }: Asked): Reply {
    const { clock, model, speak } = this.#options;
    return new Reply(request, {
      clock,
      model: withoutTags(model, name),
      speak: (text, place, signal) => speak(text, voice, place, signal),
      playback: this.#playback,
    });
  }

  /** The last event of a message of the user. */
  #finish(turn: Turn, fields: Readonly<Record<string, unknown>> = {}): void {
    turn.isOver = true;
    const about = { session_id: this.#id, message_id: turn.last?.messageId, is_session_complete: true };
    this.#life.tell(event('audio_complete', { ...about, ...fields }));
    this.#life.rest();
  }

  async #open(asked: AskedConversation, isFirst: boolean): Promise<void> {
    if (!isFirst) await this.#options.again();
    const { conversation, entries } = await this.#record.open(asked);
    const { id, title, characterIds } = conversation;
    this.#history.restore(entries);
    this.#life.tell(event('conversation_opened', { conversation_id: id, title, messages: entries.length }));
    if (characterIds.length > 0) void this.#ensemble.set(characterIds.map((each) => ({ id: each })));
  }

  /** The session goes on, and what is said in it is not kept. */
  #tellUnkept({ error }: SpeechFailure, id: string | undefined): void {
    const about = error.code === 'not_found' ? { message: 'There is no such conversation.' } : {};
    this.#life.tell(errorEvent(error, { ...about, conversation_id: id ?? null }));
  }

  #hold(): void {
    this.#isHeld = true;
    this.#turn?.hold();
    this.#playback.hold();
    this.#life.tell(event('audio_paused', { message_id: this.#turn?.last?.messageId }));
  }

  #resume(): void {
    this.#isHeld = false;
    this.#playback.resume();
    this.#turn?.release();
    this.#life.tell(event('audio_resumed', { message_id: this.#turn?.last?.messageId }));
  }
}
