import { signal } from '@preact/signals';
import { RATE } from '../api/speech.ts';
import { levelOf, type Microphone, openMicrophone } from '../audio/microphone.ts';
import { Player } from '../audio/player.ts';
import { Resampler } from '../audio/resampler.ts';
import { t } from '../i18n/i18n.ts';
import { Connection } from './connection.ts';
import { type Bubble, keepBubbles, keptBubbles } from './kept.ts';

/** Samples a second that the server listens to. */
const LISTENING_RATE = 16_000;
const ACKNOWLEDGE_MS = 500;
const MOST_BUBBLES = 200;

export interface Character {
  readonly id: string;
  readonly name: string;
}

type Fields = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What is said on both sides, as it is said. */
export class Conversation {
  readonly bubbles = signal<readonly Bubble[]>(keptBubbles());
  /** What the server hears just now. */
  readonly heard = signal('');
  readonly isListening = signal(false);
  readonly isAnswering = signal(false);
  readonly level = signal(0);
  readonly problem = signal('');
  readonly characters = signal<readonly Character[]>([]);
  readonly connection: Connection;
  private player: Player | undefined;
  private microphone: Microphone | undefined;
  /** Messages whose audio plays, and the samples at which each begins. */
  private begins: { readonly id: string; readonly from: number }[] = [];
  /** Whether the server has heard anything since the microphone was opened. */
  private isHeard = false;
  private said = 0;
  private readonly settings: () => Readonly<Record<string, unknown>>;

  constructor(settings: () => Readonly<Record<string, unknown>>) {
    this.settings = settings;
    this.connection = new Connection({
      opened: () => this.greet(),
      lost: () => this.breakOff(),
      audio: (pcm) => this.hear(pcm),
      event: (type, fields) => this.take(type, fields),
    });
    setInterval(() => this.acknowledge(), ACKNOWLEDGE_MS);
    addEventListener('pagehide', () => keepBubbles(this.bubbles.value));
  }

  say(text: string): void {
    this.problem.value = '';
    this.silence();
    this.dropEmpty();
    this.add(undefined, text);
    this.isAnswering.value = true;
    this.connection.send('user_message', { text });
  }

  interrupt(): void {
    this.silence();
    this.dropEmpty();
    this.connection.send('interrupt');
  }

  clear(): void {
    this.interrupt();
    this.connection.send('clear_history');
    this.bubbles.value = [];
  }

  choose(ids: readonly string[]): void {
    this.connection.send('set_characters', { character_ids: ids });
  }

  /** @throws DOMException where there is no microphone, or it may not be used */
  async listen(): Promise<void> {
    const resampler = new Resampler(LISTENING_RATE);
    this.problem.value = '';
    this.microphone = await openMicrophone(
      (samples) => {
        this.level.value = levelOf(samples);
        if (!this.isListening.value) return; // the server has not been told yet
        this.connection.sendAudio(resampler.take(samples, this.microphone?.rate ?? LISTENING_RATE));
      },
      { isConversation: true },
    );
    this.connection.send('start_listening');
    this.isHeard = false;
    this.isListening.value = true;
  }

  stopListening(): void {
    if (this.isListening.value) this.connection.send('stop_listening');
    this.microphone?.stop();
    this.microphone = undefined;
    this.isListening.value = false;
    this.heard.value = '';
    this.level.value = 0;
  }

  /** Nobody looks: neither is the microphone heard, nor anything said. What was said stays. */
  rest(): void {
    this.stopListening();
    if (this.isAnswering.value || this.player) this.interrupt();
  }

  private greet(): void {
    const last = this.bubbles.value.at(-1);
    if (last && !last.isBreak) this.append({ id: this.newId(), text: '', isBreak: true });
    this.problem.value = '';
    this.connection.send('model_settings', this.settings());
    this.connection.send('refresh_characters');
    if (this.isListening.value) this.connection.send('start_listening');
  }

  private take(type: string, fields: Fields): void {
    const id = textOf(fields.message_id);
    switch (type) {
      case 'text_stream_start':
        this.isAnswering.value = true;
        this.add(textOf(fields.character_name), '', id);
        return;
      case 'text_chunk':
        this.extend(id, textOf(fields.text));
        return;
      case 'audio_stream_start':
        this.begins.push({ id, from: this.player?.length ?? 0 });
        return;
      case 'audio_complete':
        this.isAnswering.value = false;
        this.dropEmpty();
        this.player?.complete();
        return;
      case 'audio_paused':
        this.player?.pause();
        return;
      case 'audio_resumed':
        this.player?.play();
        return;
      case 'interrupted':
        this.silence();
        this.dropEmpty();
        return;
      case 'stt_update':
        this.isHeard = true;
        this.heard.value = textOf(fields.text);
        return;
      case 'stt_final':
        this.isHeard = true;
        this.problem.value = '';
        this.heard.value = '';
        this.add(undefined, textOf(fields.text));
        return;
      case 'characters_updated':
        this.characters.value = (fields.characters as readonly Character[] | undefined) ?? [];
        return;
      case 'error':
        this.fail(fields);
    }
  }

  /** The first of several is the one that tells; without one sentence an answer goes on. */
  private fail({ code, message, message_id: id, sentence_index: sentence }: Fields): void {
    if (sentence === undefined) this.isAnswering.value = false;
    const isDeaf = this.isListening.value && !this.isHeard && id === undefined;
    if (isDeaf) this.stopListening(); // else each piece of audio is one more error, until the server has enough of them
    if (this.problem.value !== '') return;
    this.problem.value = isDeaf && code === 'not_supported' ? t('talkDeaf') : textOf(message);
  }

  private hear(pcm: Int16Array<ArrayBuffer>): void {
    if (!this.player) {
      const player = new Player(() => {
        if (this.player === player) this.forget();
      });
      this.player = player;
    }
    this.player.append(pcm);
  }

  /** Says how much was heard: what was not is not part of the conversation when somebody interrupts. */
  private acknowledge(): void {
    const at = this.player?.position();
    if (at === undefined) return;
    const now = this.begins.findLast(({ from }) => from <= at);
    if (now) {
      const ms = Math.round(((at - now.from) / RATE) * 1000);
      this.connection.send('audio_played', { message_id: now.id, ms });
    }
  }

  /** What came is still heard; nothing more comes. */
  private breakOff(): void {
    this.isAnswering.value = false;
    this.heard.value = '';
    this.dropEmpty();
    this.player?.complete();
  }

  private silence(): void {
    this.player?.stop();
    this.forget();
    this.isAnswering.value = false;
  }

  private forget(): void {
    this.player = undefined;
    this.begins = [];
  }

  private add(name: string | undefined, text: string, id = this.newId()): void {
    this.append({ id, name, text });
  }

  /** Kept ones have others. */
  private newId(): string {
    return `own-${Date.now()}-${++this.said}`;
  }

  private append(bubble: Bubble): void {
    this.bubbles.value = [...this.bubbles.value, bubble].slice(-MOST_BUBBLES);
  }

  /** Answers that were stopped before their first word. */
  private dropEmpty(): void {
    this.bubbles.value = this.bubbles.value.filter(({ text, isBreak }) => text !== '' || isBreak);
  }

  private extend(id: string, text: string): void {
    this.bubbles.value = this.bubbles.value.map((bubble) =>
      bubble.id === id ? { ...bubble, text: bubble.text + text } : bubble,
    );
  }
}
