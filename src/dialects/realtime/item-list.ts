import { EventRefused } from './event-error.ts';
import { type Item, sizeOf } from './item.ts';

/** Items of a conversation, and code units of text in all of them: what a model of a million tokens cannot read. */
const MAX_ITEMS = 1000;
const MAX_SIZE = 1_000_000;

/** The items of one conversation in their order. What grows beyond its bounds loses its oldest. */
export class ItemList {
  #items: Item[] = [];
  #size = 0;

  get all(): readonly Item[] {
    return this.#items;
  }

  get lastId(): string | null {
    return this.#items.at(-1)?.id ?? null;
  }

  has(id: string): boolean {
    return this.#items.some((item) => item.id === id);
  }

  /** @throws EventRefused when there is none of that id */
  get(id: string): Item {
    const item = this.#items.find((each) => each.id === id);
    if (!item) throw unknownItem(id);
    return item;
  }

  /**
   * @param after the id of the item before it, `root` for the first place; undefined: the last place
   * @returns the id of the item before it
   * @throws EventRefused for an id that is there already, or an item before it that is not
   */
  insert(item: Item, after?: string): string | null {
    if (this.has(item.id))
      throw new EventRefused('item_exists', `There is an item '${item.id}' already.`, 'item.id');
    const at = after === undefined ? this.#items.length : this.#placeAfter(after);
    this.#items.splice(at, 0, item);
    this.#size += sizeOf(item);
    return this.#items[at - 1]?.id ?? null;
  }

  /** Puts `item` in the place of the one with its id; does nothing where that was deleted meanwhile. */
  replace(item: Item): void {
    const at = this.#items.findIndex(({ id }) => id === item.id);
    const old = this.#items[at];
    if (!old) return;
    this.#items[at] = item;
    this.#size += sizeOf(item) - sizeOf(old);
  }

  /** @throws EventRefused when there is none of that id */
  delete(id: string): void {
    const item = this.get(id);
    this.#items = this.#items.filter((each) => each !== item);
    this.#size -= sizeOf(item);
  }

  /** The oldest items, which are dropped now, as there are too many. */
  takeOverflow(): readonly Item[] {
    const dropped: Item[] = [];
    while (this.#items.length > 1 && (this.#items.length > MAX_ITEMS || this.#size > MAX_SIZE)) {
      const [oldest] = this.#items.splice(0, 1);
      if (!oldest) break;
      this.#size -= sizeOf(oldest);
      dropped.push(oldest);
    }
    return dropped;
  }

  #placeAfter(id: string): number {
    if (id === 'root') return 0;
    const at = this.#items.findIndex((item) => item.id === id);
    if (at < 0) throw unknownItem(id, 'previous_item_id');
    return at + 1;
  }
}

function unknownItem(id: string, param = 'item_id'): EventRefused {
  return new EventRefused('item_not_found', `There is no item '${id.slice(0, 64)}'.`, param);
}
