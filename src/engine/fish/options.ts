import type { UpstreamOptions } from '../upstream/options.ts';

/** Where a Fish-Speech server is and how long to wait for it. */
export interface FishOptions extends UpstreamOptions {
  /** Its voices besides its default one, where the operator has named them: its own list is not asked then. */
  readonly voices?: readonly string[] | undefined;
  /** It is given the recordings of custom voices once, instead of with each text. */
  readonly registersVoices?: boolean | undefined;
  /** Shared by all that know its voices, so that the list follows what the gateway itself changes. */
  readonly changes?: ReferenceChanges | undefined;
}

/** Its `statusCode` comes first, then its message, which may be longer than what is read of it. */
const OWN_SHAPE = /^\s*\{\s*"statusCode"\s*:\s*500\s*,\s*"message"\s*:/;
/** Of the server below it, where the answer to a wrong request cannot be written. */
const SERVER_SHAPE = 'Internal Server Error';

/** A 500 in Fish-Speech's own shape: the server lives, and its engine could not speak this. */
export function isEngineFailure(status: number, body: string): boolean {
  return status === 500 && (OWN_SHAPE.test(body) || body.trim() === SERVER_SHAPE);
}

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
