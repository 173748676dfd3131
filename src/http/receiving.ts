import { SpeechFailure } from '../core/errors.ts';

/** What a speech request without audio fits into: it finds room when large bodies have taken all of theirs. */
const SMALL_BYTES = 64 * 1024;
/** The part of the budget that only small arrivals may take. */
const SMALL_PART = 1 / 8;
/** The part of each that one client may take. */
const CLIENT_PART = 1 / 4;
/** Bytes a millisecond. What is slower may be ended when others need its room. */
const HONEST_PACE = 16;
/** Milliseconds over which a pace is measured. */
const PACE_WINDOW = 2000;
const RETRY_SECONDS = 2;

export interface ReceivingOptions {
  /** Bytes of all that is being received. */
  readonly maxBytes: number;
  /** Of one of them; there is room for it in the share of a client. */
  readonly maxBody: number;
  readonly now: () => number;
}

/** Something that is being received: a body, or a message of a socket. */
export interface Arrival {
  /** So many bytes of it are held now. @throws SpeechFailure overloaded when there is no room for them */
  hold(bytes: number): void;
  /** All of it is there, or never will be. */
  end(): void;
}

/**
 * One budget for everything that is being received, as every connection can promise a large body and stall. Each client
 * has a share of it. Who needs room and finds none ends the largest arrival that is slower than any honest one; when there
 * is none such, it is refused itself.
 */
export class Receiving {
  readonly #small: Room;
  readonly #large: Room;
  readonly #now: () => number;

  constructor({ maxBytes, maxBody, now }: ReceivingOptions) {
    const small = Math.floor(maxBytes * SMALL_PART);
    this.#small = new Room(small, SMALL_BYTES, now);
    this.#large = new Room(maxBytes - small, maxBody, now);
    this.#now = now;
  }

  /** @param stop ends the arrival when others need its room: it must let go of what it holds */
  begin(client: string, stop: (failure: SpeechFailure) => void): Arrival {
    const held = new Held(client, stop, this.#now());
    let room = this.#small;
    return {
      hold: (bytes) => {
        if (held.isOver) throw overloaded();
        held.note(bytes - held.bytes, this.#now());
        if (room === this.#small && bytes > SMALL_BYTES) {
          room.remove(held);
          room = this.#large;
        }
        room.resize(held, bytes);
      },
      end: () => {
        held.isOver = true;
        room.remove(held);
      },
    };
  }
}

/** What one arrival holds, and how fast it comes. */
class Held {
  readonly client: string;
  readonly stop: (failure: SpeechFailure) => void;
  bytes = 0;
  isOver = false;
  #since: number;
  #last: number;
  #come = 0;
  #wasSlow = false;

  constructor(client: string, stop: (failure: SpeechFailure) => void, now: number) {
    this.client = client;
    this.stop = stop;
    this.#since = now;
    this.#last = now;
  }

  note(bytes: number, now: number): void {
    if (now - this.#since >= PACE_WINDOW) {
      this.#wasSlow = this.isSlow(now);
      this.#since = now;
      this.#come = 0;
    }
    this.#come += bytes;
    if (bytes > 0) this.#last = now;
  }

  isSlow(now: number): boolean {
    if (now - this.#last >= PACE_WINDOW) return true;
    const passed = now - this.#since;
    return passed < PACE_WINDOW ? this.#wasSlow : this.#come / passed < HONEST_PACE;
  }
}

class Room {
  readonly #max: number;
  readonly #share: number;
  readonly #now: () => number;
  readonly #all = new Set<Held>();
  readonly #clients = new Map<string, number>();
  #bytes = 0;

  constructor(max: number, largest: number, now: () => number) {
    this.#max = max;
    this.#share = Math.max(Math.floor(max * CLIENT_PART), largest);
    this.#now = now;
  }

  /** @throws SpeechFailure overloaded */
  resize(held: Held, bytes: number): void {
    this.#count(held, bytes);
    this.#all.add(held);
    while (this.#of(held.client) > this.#share) this.#makeRoom(held, (other) => other.client === held.client);
    while (this.#bytes > this.#max) this.#makeRoom(held, () => true);
  }

  remove(held: Held): void {
    if (this.#all.delete(held)) this.#count(held, 0);
  }

  #makeRoom(needs: Held, isIn: (other: Held) => boolean): void {
    const now = this.#now();
    let largest: Held | undefined;
    for (const other of this.#all) {
      const mayGo = other !== needs && isIn(other) && other.isSlow(now);
      if (mayGo && other.bytes > (largest?.bytes ?? 0)) largest = other;
    }
    const goes = largest ?? needs;
    goes.isOver = true;
    this.remove(goes);
    if (goes === needs) throw overloaded();
    goes.stop(overloaded());
  }

  #count(held: Held, bytes: number): void {
    const more = bytes - held.bytes;
    held.bytes = bytes;
    this.#bytes += more;
    const ofClient = this.#of(held.client) + more;
    if (ofClient > 0) this.#clients.set(held.client, ofClient);
    else this.#clients.delete(held.client);
  }

  #of(client: string): number {
    return this.#clients.get(client) ?? 0;
  }
}

function overloaded(): SpeechFailure {
  return new SpeechFailure({ code: 'overloaded', retryAfterSeconds: RETRY_SECONDS });
}
