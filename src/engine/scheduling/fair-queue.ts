import { noSlack, type Slack } from './pace.ts';

/** Who waits: decides the turn. */
export interface Waiter {
  /** Clients take turns; those without a name share one turn. */
  readonly client?: string | undefined;
  /** An earlier part of this speech is being heard: it goes before newcomers. */
  readonly heard?: boolean | undefined;
  /** Then: when what was handed out of it has been heard, as things stand now. Unset: it cannot wait. */
  readonly playbackDeadline?: (() => number) | undefined;
  /** How much is to be said. */
  readonly characters?: number | undefined;
}

/**
 * Who is next: round robin between clients, in order of arrival within one (fair queueing as in Nagle, RFC 970, with
 * requests for packets). Speech that is being heard goes first, what falls silent first before the rest of it; but of
 * HEARD_IN_A_ROW + 1 turns one is a newcomer's, and so is each that `slack` allows.
 */
export interface FairQueue<T extends object> {
  readonly size: number;
  /** Those among them of whose speech nothing was heard yet. */
  readonly newcomers: number;
  add(item: T, waiter: Waiter): void;
  /** Everyone in the order of their turns, as things stand now. */
  inOrder(): Iterable<T>;
  /** Takes `item` out: it had its client's turn. */
  serve(item: T): void;
  /** Takes `item` out, and no turn is used. Whether it was there. */
  remove(item: T): boolean;
  /** How many would have their turn before one more like `waiter`. */
  ahead(waiter: Waiter): number;
  /** The newest item of the newcomer that has most of them, where that is two more than this client has. */
  crowding(waiter: Waiter): T | undefined;
}

const HEARD_IN_A_ROW = 4;

export function createFairQueue<T extends object>(slack: Slack = noSlack): FairQueue<T> {
  const heard = createLane<T>();
  const fresh = createLane<T>();
  const entries = new Map<T, { lane: Lane<T>; client: string; waiter: Waiter }>();
  let heardInRow = 0;

  const laneOf = (waiter: Waiter): Lane<T> => (waiter.heard ? heard : fresh);
  const remove = (item: T, served: boolean): boolean => {
    const entry = entries.get(item);
    if (!entry) return false;
    entries.delete(item);
    entry.lane.remove(item, entry.client, served);
    return true;
  };

  /** Those who are heard, what falls silent first before the others. */
  const bySilence = (): { item: T; playbackDeadline: number }[] =>
    [...heard.inOrder()]
      .map((item) => ({
        item,
        playbackDeadline: entries.get(item)?.waiter.playbackDeadline?.() ?? Number.NEGATIVE_INFINITY,
      }))
      .sort((a, b) =>
        a.playbackDeadline < b.playbackDeadline ? -1 : Number(a.playbackDeadline > b.playbackDeadline),
      );
  const hasTime = (newcomer: T, listeners: readonly { readonly playbackDeadline: number }[]): boolean => {
    const [soonest] = listeners;
    const characters = entries.get(newcomer)?.waiter.characters;
    return soonest !== undefined && slack.allows(characters, soonest.playbackDeadline, listeners.length);
  };

  return {
    get size() {
      return entries.size;
    },
    get newcomers() {
      return fresh.size;
    },
    add(item, waiter) {
      const entry = { lane: laneOf(waiter), client: nameOf(waiter), waiter };
      entries.set(item, entry);
      entry.lane.add(item, entry.client);
    },
    *inOrder() {
      const listeners = bySilence();
      const newcomer = fresh.inOrder().next().value;
      const first =
        newcomer && (heardInRow >= HEARD_IN_A_ROW || hasTime(newcomer, listeners)) ? newcomer : undefined;
      if (first) yield first;
      for (const { item } of listeners) yield item;
      for (const item of fresh.inOrder()) if (item !== first) yield item;
    },
    serve(item) {
      const wasHeard = entries.get(item)?.lane === heard;
      if (!remove(item, true)) return;
      heardInRow = wasHeard && fresh.size > 0 ? heardInRow + 1 : 0;
    },
    remove: (item) => remove(item, false),
    ahead(waiter) {
      const ahead = laneOf(waiter).ahead(nameOf(waiter));
      return waiter.heard ? ahead : ahead + Math.min(heard.size, HEARD_IN_A_ROW * (ahead + 1));
    },
    crowding: (waiter) => fresh.crowding(nameOf(waiter)),
  };
}

function nameOf({ client }: Waiter): string {
  return client ?? '';
}

/** Clients in the order of their next turn, each with what waits, oldest first. */
interface Lane<T> {
  readonly size: number;
  add(item: T, client: string): void;
  inOrder(): Generator<T, undefined, void>;
  /** After a turn the client goes to the end of the round. */
  remove(item: T, client: string, served: boolean): void;
  ahead(client: string): number;
  crowding(client: string): T | undefined;
}

function createLane<T>(): Lane<T> {
  const lines = new Map<string, T[]>();
  let size = 0;
  const lengthOf = (client: string): number => lines.get(client)?.length ?? 0;
  return {
    get size() {
      return size;
    },
    add(item, client) {
      const line = lines.get(client);
      if (line) line.push(item);
      else lines.set(client, [item]);
      size++;
    },
    *inOrder() {
      let left = size;
      for (let round = 0; left > 0; round++) {
        for (const line of lines.values()) {
          const item = line[round];
          if (item === undefined) continue;
          left--;
          yield item;
        }
      }
      return undefined;
    },
    remove(item, client, served) {
      const line = lines.get(client);
      const at = line?.indexOf(item) ?? -1;
      if (!line || at < 0) return;
      line.splice(at, 1);
      size--;
      if (served || line.length === 0) lines.delete(client);
      if (served && line.length > 0) lines.set(client, line);
    },
    ahead(client) {
      const own = lengthOf(client);
      let ahead = own;
      for (const [other, line] of lines) if (other !== client) ahead += Math.min(line.length, own + 1);
      return ahead;
    },
    crowding(client) {
      let longest: T[] = [];
      for (const line of lines.values()) if (line.length > longest.length) longest = line;
      return longest.length >= lengthOf(client) + 2 ? longest.at(-1) : undefined;
    },
  };
}
