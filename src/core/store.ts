/** What drivers of state can do. Types only; each driver declares its abilities, and who needs more refuses it. */

export interface Abilities {
  /** Two callers can never both take the last one. */
  readonly atomic: boolean;
  /** Entries survive a restart. */
  readonly lasting: boolean;
  /** Other servers see the same. */
  readonly shared: boolean;
  /** Largest value in bytes. */
  readonly maxValueBytes: number;
}

/**
 * Bytes kept under a key with a bound on their total: the least used go first. Never throws: what fails is a miss. Bytes are
 * shared, not copied: nobody changes them after `put` or `get`.
 */
export interface BlobStore {
  readonly abilities: Abilities;
  get(key: string): Promise<KeptBlob | undefined>;
  /** `tags` name what `purge` will drop it by, for example the voice. Too large a value is not kept. */
  put(
    key: string,
    bytes: Uint8Array,
    options: { readonly maxAgeMs: number; readonly tags?: readonly string[] },
  ): Promise<void>;
  delete(key: string): Promise<void>;
  purge(tag: string): Promise<void>;
  close(): Promise<void>;
}

export interface KeptBlob {
  readonly bytes: Uint8Array;
  /** Milliseconds since it was put. */
  readonly ageMs: number;
}

/** Counts what a client used in a sliding window. */
export interface RateStore {
  readonly abilities: Abilities;
  /** Takes `cost` of `limit` per `windowMs`, all or nothing. */
  take(key: string, cost: number, limit: number, windowMs: number): Promise<RateVerdict>;
  close(): Promise<void>;
}

export interface RateVerdict {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Until `cost` would be allowed (0 when it was; the window for a cost above the limit, which never is), in milliseconds. */
  readonly retryAfterMs: number;
  /** Until the whole limit is free again, in milliseconds. */
  readonly resetMs: number;
}

/**
 * Small JSON documents by collection and id, for example pronunciations. Bounded by `maxValueBytes` (`put` throws a
 * RangeError beyond) and by its caller. Each call throws when the store cannot be reached.
 */
export interface RecordStore {
  readonly abilities: Abilities;
  get(collection: string, id: string): Promise<unknown>;
  put(collection: string, id: string, value: unknown): Promise<void>;
  /** Whether there was one. */
  delete(collection: string, id: string): Promise<boolean>;
  /** How many there are: for little, however large they are. */
  count(collection: string): Promise<number>;
  /** Oldest first. */
  list(collection: string): Promise<readonly { readonly id: string; readonly value: unknown }[]>;
  close(): Promise<void>;
}

/**
 * Whole files by name that stay until they are deleted: nothing is ever dropped to make room. Bytes are shared, not copied:
 * nobody changes them after `put` or `get`. Each call throws when the store cannot be reached.
 *
 * A name has 1 to 200 characters, a capital counting twice: letters, digits and `-_.~:@+=,` between single slashes, no part
 * beginning or ending with a dot. No file has any other name: `get` and `delete` find none, `put` throws a RangeError.
 */
export interface FileStore {
  readonly abilities: Abilities;
  get(name: string): Promise<Uint8Array | undefined>;
  /** Whole or not at all, whatever dies in the middle. @throws RangeError for more than `maxValueBytes`, and where there is no room */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Whether there was one. */
  delete(name: string): Promise<boolean>;
  /** All that begin with `prefix`, by name. */
  list(prefix: string): Promise<readonly { readonly name: string; readonly bytes: number }[]>;
  close(): Promise<void>;
}

/** One of several resources to work at, each with a number of slots. */
export interface LeaseResource {
  readonly id: string;
  readonly slots: number;
  /** Share among resources that are equally free. */
  readonly weight: number;
}

/**
 * Slots of resources, leased to whoever works there. The store renews what it leased; a server that was killed renews nothing,
 * so it holds nothing for longer than `leaseMs`.
 *
 * On Workers a timer and a call belong to the request that made them and die with it. So each request that waits for a slot
 * calls `watch` and `take` itself, and ends its watching when it stops waiting; nothing is watched for others.
 */
export interface LeaseStore {
  readonly abilities: Abilities;
  /** Takes a slot of the first of `resources` (in the caller's order of preference) that has one and is not `shut`; undefined when none has. */
  take(resources: readonly LeaseResource[], leaseMs: number): Promise<Lease | undefined>;
  /** Calls `wake` when a slot may have become free, sometimes in vain; the returned function ends that. */
  watch(wake: () => void): () => void;
  /**
   * Counts an outcome for a resource; enough failures in a row shut it for `pauseMs`, then one lease at a time tries it.
   * @param traits of a failure that may be its request's own: hashes of what made the request, without white space. It counts only when the
   * resource's failures since it last worked share none of them; the first such failure never shuts it
   */
  report(
    placeId: string,
    outcome: 'worked' | 'failed',
    rule: { readonly failures: number; readonly pauseMs: number },
    traits?: readonly string[],
  ): Promise<void>;
  /** How many slots are taken, and whether it is shut: refuses a lease even with a free slot. */
  status(placeIds: readonly string[]): Promise<ReadonlyMap<string, ResourceStatus>>;
  /**
   * What was told of resources lately, with the leases that were taken, without asking again: good enough to choose whom to ask first,
   * as `take` takes none that is full or shut. What nobody told counts as free. Absent where `status` costs nothing.
   */
  lastStatus?(placeIds: readonly string[]): ReadonlyMap<string, ResourceStatus>;
  close(): Promise<void>;
}

export interface ResourceStatus {
  /** Slots that are taken. */
  readonly taken: number;
  /** It refuses a lease even with a free slot. */
  readonly shut: boolean;
}

export interface Lease {
  readonly placeId: string;
  /** Ends the lease; more than once does nothing. Never throws. */
  release(): Promise<void>;
}

/** Everything a server keeps outside of a request. */
export interface StateStores {
  readonly blobs: BlobStore;
  readonly rates: RateStore;
  readonly records: RecordStore;
  readonly files: FileStore;
  readonly leases: LeaseStore;
  close(): Promise<void>;
}
