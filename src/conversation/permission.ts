/** Whether a client may ask once more: found out once for a turn, however often an answer to it is begun. */
export class Permission {
  readonly #ask: () => Promise<void>;
  #asked: Promise<void> | undefined;

  /** @param ask counts a request. Rejects with SpeechFailure when the client may not */
  constructor(ask: () => Promise<void>) {
    this.#ask = ask;
  }

  /** Before the turn is over. @throws SpeechFailure; then it is asked anew at its end */
  async ahead(): Promise<void> {
    const asked = this.#asked ?? this.#ask();
    this.#asked = asked;
    try {
      await asked;
    } catch (error) {
      if (this.#asked === asked) this.#asked = undefined;
      throw error;
    }
  }

  /** For the answer itself. @throws SpeechFailure */
  async use(): Promise<void> {
    const asked = this.#asked ?? this.#ask();
    this.#asked = undefined;
    await asked;
  }

  /** The turn is over, and is not answered. */
  forget(): void {
    this.#asked = undefined;
  }
}
