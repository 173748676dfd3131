import { Playback } from '../../conversation/playback.ts';
import { Reply, type ReplyEvent } from '../../conversation/reply.ts';
import {
  type Farewell,
  type LastWords,
  SocketLife,
  type SocketWork,
} from '../../conversation/socket-life.ts';
import { invalid, type SpeechFailure } from '../../core/errors.ts';
import type { Socket } from '../../core/ports.ts';
import { assistant } from '../../services/characters.ts';
import { MAX_WRONG, readPrompt } from './client-messages.ts';
import { errorEvent, event, farewellOf, lastWordsOf } from './events.ts';
import type { ChatOptions } from './session.ts';

type PromptOptions = Pick<
  ChatOptions,
  'clock' | 'model' | 'speak' | 'again' | 'idleMs' | 'writeMs' | 'onEnd'
>;

/**
 * A session of `/ws/stream`, the pipeline's reference server: each prompt is answered by itself, in text and bare binary audio. A prompt
 * ends the answer before it.
 */
export class PromptSession implements SocketWork {
  readonly life: SocketLife;
  readonly #options: PromptOptions;
  readonly #playback: Playback;
  #reply: Reply | undefined;
  #prompts = 0;

  constructor(socket: Socket, options: PromptOptions) {
    const { clock, idleMs, writeMs, onEnd } = options;
    this.#options = options;
    this.#playback = new Playback(clock);
    this.life = new SocketLife(socket, this, { clock, idleMs, writeMs, onEnd, maxWrong: MAX_WRONG });
  }

  get isBusy(): boolean {
    return this.#reply !== undefined;
  }

  take(data: string | Uint8Array): void {
    if (typeof data !== 'string') throw invalid('Events are text.');
    const prompt = readPrompt(data);
    if (!prompt) {
      this.life.keepAlive();
      this.life.tell(event('pong'));
    } else if (!this.life.isDraining) {
      this.life.touch();
      void this.#answer(prompt).catch((error: unknown) => this.life.refuse(error));
    }
  }

  describe(failure: SpeechFailure): LastWords & { readonly event: string } {
    return lastWordsOf(failure);
  }

  bidFarewell(why: Farewell): LastWords {
    return farewellOf(why);
  }

  stop(): void {
    this.#reply?.interrupt();
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
      await this.life.send(event('stream_start', about));
      const outcome = await reply.run((what) => this.#show(what, about));
      if (outcome.reason === 'interrupted') return;
      await this.life.send(event('audio_complete', about));
      await this.life.send(event('text_complete', { text: outcome.text, ...about }));
    } finally {
      if (this.#reply === reply) {
        this.#reply = undefined;
        this.life.rest();
      }
    }
  }

  async #show(what: ReplyEvent, about: Readonly<Record<string, unknown>>): Promise<void> {
    switch (what.kind) {
      case 'text':
        return this.life.send(event('text_chunk', { text: what.text, ...about }));
      case 'audio':
        this.life.touch();
        return this.life.send(what.pcm);
      case 'sentence-failed':
        return this.life.send(errorEvent(what.error, { ...about, sentence_index: what.sentence }));
      case 'text-end':
        if (what.error) await this.life.send(errorEvent(what.error, about));
    }
  }
}
