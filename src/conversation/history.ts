/** Of a conversation a model is told so much at most: the oldest is forgotten first. */
const MAX_ENTRIES = 100;
const MAX_LENGTH = 48_000;

export interface HistoryEntry {
  readonly role: 'user' | 'assistant';
  /** Who said it, where several characters answer. */
  readonly name?: string | undefined;
  content: string;
}

/** What was said in a conversation, as far as a model is told of it. */
export class History {
  readonly #onChange: (entry: HistoryEntry) => void;
  #entries: HistoryEntry[] = [];

  /** @param onChange told of each entry that was said, and of how much of it was heard */
  constructor(onChange: (entry: HistoryEntry) => void = () => {}) {
    this.#onChange = onChange;
  }

  add(entry: HistoryEntry): void {
    this.#push(entry);
    this.#onChange(entry);
  }

  /** So much of `entry` was said, or heard: it takes its place, unless that is nothing. */
  settle(entry: HistoryEntry, content: string): void {
    entry.content = content;
    if (content === '') this.#entries = this.#entries.filter((each) => each !== entry);
    else if (!this.#entries.includes(entry)) this.#push(entry);
    this.#onChange(entry);
  }

  /** What was said at another time takes the place of all. Nobody is told of it. */
  restore(entries: readonly HistoryEntry[]): void {
    this.#entries = [...entries];
    this.#bound();
  }

  clear(): void {
    this.#entries = [];
  }

  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }

  #push(entry: HistoryEntry): void {
    this.#entries.push(entry);
    this.#bound();
  }

  #bound(): void {
    let length = this.#entries.reduce((sum, { content }) => sum + content.length, 0);
    while (this.#entries.length > MAX_ENTRIES || (length > MAX_LENGTH && this.#entries.length > 1)) {
      length -= this.#entries.shift()?.content.length ?? 0;
    }
  }
}
