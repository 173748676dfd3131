import { type SpeechError, SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { Item } from './item.ts';

/** Longer than any turn takes to be recognised: then a response does without. */
const PATIENCE_MS = 60_000;

/** What the user said and is still being recognised: the language model reads text, so that a response waits for it. */
export class Transcripts {
  readonly #clock: Clock;
  readonly #pending = new Map<string, PromiseWithResolvers<void>>();
  #lastFailure: { readonly itemId: string; readonly error: SpeechError } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  expect(itemId: string): void {
    this.#pending.set(itemId, Promise.withResolvers<void>());
  }

  settle(itemId: string): void {
    this.#pending.get(itemId)?.resolve();
    this.#pending.delete(itemId);
  }

  fail(itemId: string, error: SpeechError): void {
    this.#lastFailure = { itemId, error };
    this.settle(itemId);
  }

  /** Resolves when all that was said by now is recognised, or too late for it. */
  async settled(): Promise<void> {
    if (this.#pending.size === 0) return;
    const all = Promise.all([...this.#pending.values()].map(({ promise }) => promise));
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const awaited = [...this.#pending.keys()];
    const callOff = this.#clock.alarm(PATIENCE_MS, () => {
      for (const id of awaited) this.settle(id); // the next response does not wait for them again
      resolve();
    });
    await Promise.race([all, late]);
    callOff();
  }

  /** @throws SpeechFailure where the last thing that the user said is not known: there is nothing to answer */
  check(items: readonly Item[]): void {
    const failure = this.#lastFailure;
    if (failure && items.at(-1)?.id === failure.itemId) throw new SpeechFailure(failure.error);
  }

  /** Nobody waits any more. */
  close(): void {
    for (const id of [...this.#pending.keys()]) this.settle(id);
  }
}
