/** What became of one reference voice of an origin. */
export interface ReferenceChange {
  readonly id: string;
  /** Whether the origin has it now; undefined when its answer did not come. */
  readonly present: boolean | undefined;
}

/** Tells who keeps something about an origin's voices that one of them is another now. */
export interface ReferenceChanges {
  /** Resolves when every follower is done with it. */
  note(change: ReferenceChange): Promise<void>;
  follow(follower: (change: ReferenceChange) => void | Promise<void>): void;
}

/** One for each origin: whoever adds, renames or deletes its voices notes it, its voice list and a cache follow. */
export function createReferenceChanges(): ReferenceChanges {
  const followers: ((change: ReferenceChange) => void | Promise<void>)[] = [];
  return {
    async note(change) {
      // The voice has changed already: a follower's trouble is its own and no reason to tell the client otherwise.
      await Promise.allSettled(followers.map(async (follower) => follower(change)));
    },
    follow(follower) {
      followers.push(follower);
    },
  };
}
