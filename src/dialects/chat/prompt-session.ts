import { Playback } from '../../conversation/playback.ts';
import { Reply, type ReplyEvent } from '../../conversation/reply.ts';
import { SocketLife } from '../../conversation/socket-life.ts';
import { invalid, SpeechFailure } from '../../core/errors.ts';
import type { Socket } from '../../core/ports.ts';
import { meaningOf } from '../../http/error-response.ts';
import { assistant } from '../../services/characters.ts';
import { MAX_ERRORS, readPrompt } from './client-messages.ts';
import { errorEvent, event } from './events.ts';
import type { ChatOptions } from './session.ts';

/**
 * A session of `/ws/stream`, the pipeline's reference server: each prompt is answered by itself, in text and bare binary audio. A prompt
 * ends the answer before it.
 */
export class PromptSession {
  readonly #options: Omit<ChatOptions, 'listening' | 'characters'>;
  readonly #life: SocketLife;
  readonly #playback: Playback;
  #reply: Reply | undefined;
  #prompts = 0;
  #errorsInRow = 0;
  #restsSince: number | undefined;
  #isDraining = false;

  constructor(socket: Socket, options: Omit<ChatOptions, 'listening' | 'characters'>) {
    const { clock, idleMs, writeMs, onEnd } = options;
    this.#options = options;
    this.#playback = new Playback(clock);
    this.#restsSince = clock.now();
    this.#life = new SocketLife(socket, {
      clock,
      idleMs,
      writeMs,
      onEnd,
      describe: (error) => ({ event: errorEvent(error), reason: meaningOf(error).message }),
      onOver: () => this.#reply?.interrupt(),
    });
  }

  message(data: string | Uint8Array): void {
    if (this.#life.isOver) return;
    try {
      if (typeof data !== 'string') throw invalid('Events are text.');
      const prompt = readPrompt(data);
      this.#errorsInRow = 0;
      if (!prompt) {
        this.#life.keepAlive();
        this.#life.tell(event('pong'));
      } else if (!this.#isDraining) {
        this.#life.touch();
        void this.#answer(prompt).catch((error: unknown) => this.#fail(error));
      }
    } catch (error) {
      if (++this.#errorsInRow > MAX_ERRORS) this.#life.end(invalid('Too many messages that are wrong.'));
      else this.#fail(error);
    }
  }

  closed(): void {
    this.#life.closed(this.#reply !== undefined);
  }

  fail(error: unknown): void {
    this.#life.end(error);
  }

  drain(): void {
    this.#isDraining = true;
    if (!this.#reply) this.#life.end(new SpeechFailure({ code: 'shutting_down' }));
  }

  giveWay(): boolean {
    return this.#life.giveWay();
  }

  get restsSince(): number | undefined {
    return this.#reply ? undefined : this.#restsSince;
  }

  get awaitsStart(): boolean {
    return false;
  }

  async #answer({ text, sessionId }: { text: string; sessionId: string }): Promise<void> {
    const { clock, model, speak, again } = this.#options;
    const about = { session_id: sessionId };
    this.#reply?.interrupt();
    this.#playback.drop();
    const reply = new Reply(
      {
        messages: [
          { role: 'system', content: assistant.systemPrompt },
          { role: 'user', content: text },
        ],
        settings: {},
      },
      {
        clock,
        model,
        speak: (sentence, ...rest) => speak(sentence, undefined, ...rest),
        playback: this.#playback,
      },
    );
    this.#reply = reply;
    try {
      if (this.#prompts++ > 0) await again();
      await this.#life.send(event('stream_start', about));
      const outcome = await reply.run((what) => this.#show(what, about));
      if (outcome.reason === 'interrupted') return;
      await this.#life.send(event('audio_complete', about));
      await this.#life.send(event('text_complete', { text: outcome.text, ...about }));
    } finally {
      if (this.#reply === reply) {
        this.#reply = undefined;
        this.#restsSince = clock.now();
      }
    }
    if (this.#isDraining && !this.#reply) this.#life.end(new SpeechFailure({ code: 'shutting_down' }));
  }

  async #show(what: ReplyEvent, about: Readonly<Record<string, unknown>>): Promise<void> {
    switch (what.kind) {
      case 'text':
        return this.#life.send(event('text_chunk', { text: what.text, ...about }));
      case 'audio':
        this.#life.touch();
        return this.#life.send(what.pcm);
      case 'sentence-failed':
        return this.#life.send(errorEvent(what.error, { ...about, sentence_index: what.sentence }));
      case 'text-end':
        if (what.error) await this.#life.send(errorEvent(what.error, about));
    }
  }

  /** The session goes on after what is wrong with a prompt. */
  #fail(error: unknown): void {
    if (error instanceof SpeechFailure) this.#life.tell(errorEvent(error.error));
    else this.#life.end(error);
  }
}
