import type { ReplyEvent } from './reply-events.ts';

type Emit = (event: ReplyEvent) => Promise<void> | void;

/** Where the events of a reply go. They are kept until somebody listens: text alone, which has a bound, as no audio is made known before. */
export class ReplyOutlet {
  readonly #kept: ReplyEvent[] = [];
  readonly #opening = Promise.withResolvers<boolean>();
  #emit: Emit | undefined;
  #isShut = false;

  /** Whether somebody listened before it was shut. */
  get opened(): Promise<boolean> {
    return this.#opening.promise;
  }

  /** Something went wrong, and nobody knows it. */
  get keepsFailure(): boolean {
    return this.#kept.some((event) => 'error' in event && event.error !== undefined);
  }

  /** Tells what was kept, in its order, and from now on what happens. At once, where nothing was kept. @throws EmitFailed */
  async open(emit: Emit): Promise<void> {
    for (let event = this.#kept.shift(); event; event = this.#kept.shift()) await this.#hand(emit, event);
    this.#emit = emit;
    this.#opening.resolve(!this.#isShut);
  }

  /** @throws EmitFailed */
  async tell(event: ReplyEvent): Promise<void> {
    if (this.#emit) await this.#hand(this.#emit, event);
    else if (!this.#isShut) this.#kept.push(event);
  }

  /** Nothing more is told. */
  shut(): void {
    this.#isShut = true;
    this.#kept.length = 0;
    this.#opening.resolve(false);
  }

  async #hand(emit: Emit, event: ReplyEvent): Promise<void> {
    if (this.#isShut) return;
    try {
      await emit(event);
    } catch (thrown) {
      throw new EmitFailed(thrown);
    }
  }
}

/** What a listener of events threw: it is no failure of the model or the voice. */
export class EmitFailed extends Error {
  constructor(cause: unknown) {
    super('An event could not be told.', { cause });
    this.name = 'EmitFailed';
  }
}
