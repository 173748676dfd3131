import { signal } from '@preact/signals';
import { RATE } from '../api/speech.ts';
import { levelOf, type Microphone, openMicrophone } from '../audio/microphone.ts';
import { Player } from '../audio/player.ts';
import { Resampler } from '../audio/resampler.ts';
import { Connection } from './connection.ts';

/** Samples a second that the server listens to. */
const LISTENING_RATE = 16_000;
const ACKNOWLEDGE_MS = 500;
const MOST_BUBBLES = 200;

export interface Bubble {
  readonly id: string;
  /** Undefined: the user. */
  readonly name: string | undefined;
  readonly text: string;
}

export interface Character {
  readonly id: string;
  readonly name: string;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What is said on both sides, as it is said. */
export class Conversation {
  readonly bubbles = signal<readonly Bubble[]>([]);
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
  private readonly timer = setInterval(() => this.acknowledge(), ACKNOWLEDGE_MS);
  private said = 0;
  private readonly settings: () => Readonly<Record<string, unknown>>;

  constructor(settings: () => Readonly<Record<string, unknown>>) {
    this.settings = settings;
    this.connection = new Connection({
      opened: () => this.greet(),
      audio: (pcm) => this.hear(pcm),
      event: (type, fields) => this.take(type, fields),
    });
  }

  say(text: string): void {
    this.problem.value = '';
    this.silence();
    this.add(undefined, text);
    this.isAnswering.value = true;
    this.connection.send('user_message', { text });
  }

  interrupt(): void {
    this.silence();
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

  close(): void {
    this.stopListening();
    this.silence();
    clearInterval(this.timer);
    this.connection.close();
  }

  private greet(): void {
    this.connection.send('model_settings', this.settings());
    this.connection.send('refresh_characters');
    if (this.isListening.value) this.connection.send('start_listening');
  }

  private take(type: string, fields: Readonly<Record<string, unknown>>): void {
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
        return;
      case 'stt_update':
        this.heard.value = textOf(fields.text);
        return;
      case 'stt_final':
        this.heard.value = '';
        this.add(undefined, textOf(fields.text));
        return;
      case 'characters_updated':
        this.characters.value = (fields.characters as readonly Character[] | undefined) ?? [];
        return;
      case 'error':
        this.isAnswering.value = false;
        this.problem.value = textOf(fields.message);
    }
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

  private silence(): void {
    this.player?.stop();
    this.forget();
    this.isAnswering.value = false;
  }

  private forget(): void {
    this.player = undefined;
    this.begins = [];
  }

  private add(name: string | undefined, text: string, id = `own-${++this.said}`): void {
    this.bubbles.value = [...this.bubbles.value, { id, name, text }].slice(-MOST_BUBBLES);
  }

  private extend(id: string, text: string): void {
    this.bubbles.value = this.bubbles.value.map((bubble) =>
      bubble.id === id ? { ...bubble, text: bubble.text + text } : bubble,
    );
  }
}
