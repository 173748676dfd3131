import type { ModelRequest } from '../core/conversation.ts';
import type { Clock } from '../core/ports.ts';
import type { Reply } from './reply.ts';

/** An answer that is not asked for in this time is stopped: a microphone may fall silent in the middle of a silence. */
const MAX_WAIT_MS = 30_000;

/** What is asked of the model, and how it is to be said. */
export interface Asked {
  readonly request: ModelRequest;
  /** What else the reply depends on: voice, speed. */
  readonly manner: unknown;
}

export interface EarlyPlan extends Asked {
  readonly create: () => Reply;
}

/**
 * An answer to what a user has said so far, begun in a short silence and kept back: where that was all, it is there by the time the
 * turn is known to be over. Where the user goes on, nothing of it is left.
 */
export class EarlyAnswer {
  readonly #clock: Clock;
  #held: { readonly key: string; readonly reply: Reply; readonly callOff: () => void } | undefined;
  /** The last that was begun: what it waited for may come too late. */
  #attempt: object = {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param plan undefined where nobody answers. What goes wrong is told when the turn is over, and it is asked for anew */
  begin(plan: () => Promise<EarlyPlan | undefined>): void {
    const attempt = {};
    this.#attempt = attempt;
    plan().then(
      (planned) => {
        if (this.#attempt === attempt && planned) this.#hold(planned);
      },
      () => {},
    );
  }

  /** One was begun, and nothing went wrong with it. */
  get isSound(): boolean {
    return this.#held?.reply.isSound ?? false;
  }

  /** The answer to what is asked now, if it is the one that was begun; else that one is stopped. */
  take({ request, manner }: Asked): Reply | undefined {
    const held = this.#held;
    if (held?.key !== keyOf(request, manner) || !this.isSound) {
      this.drop();
      return undefined;
    }
    this.#forget();
    return held.reply;
  }

  /** The user goes on, or wants no answer. */
  drop(): void {
    this.#held?.reply.interrupt();
    this.#forget();
  }

  #hold({ request, manner, create }: EarlyPlan): void {
    const key = keyOf(request, manner);
    if (this.#held?.key === key) return;
    this.drop();
    const reply = create();
    reply.prepare();
    this.#held = { key, reply, callOff: this.#clock.alarm(MAX_WAIT_MS, () => this.drop()) };
  }

  #forget(): void {
    this.#attempt = {};
    this.#held?.callOff();
    this.#held = undefined;
  }
}

/** Of all that the answer depends on; what the user said counts by its words, as a recogniser adds a full stop to a longer silence. */
function keyOf({ messages, ...rest }: ModelRequest, manner: unknown): string {
  const last = messages.at(-1);
  const said = last?.role === 'user' ? { ...last, content: wordsOf(last.content) } : last;
  return JSON.stringify([rest, messages.slice(0, -1), said, manner]);
}

function wordsOf(text: string): string {
  return (
    text
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}\p{S}]+/gu)
      ?.join(' ') ?? ''
  );
}
