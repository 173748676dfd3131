import type { RunningServer, Runtime } from '../test/conformance/server.ts';
import type { FakeOrigin, FakeOriginOptions } from '../test/fake-origin.ts';
import type { Belongings } from './belongings.ts';
import type { Client } from './client.ts';
import type { Tally } from './tally.ts';

export const allRuntimes: readonly Runtime[] = ['node', 'bun', 'deno', 'workers'];

/** A server and what stands behind it. Cases that name the same one (the same object) share a running server. */
export interface Setup {
  /** On top of the defaults in arena.ts. */
  readonly env?: Readonly<Record<string, string>>;
  /** Named keys; the secret of a key `ada` is `key-of-ada`. None: everybody may come in. */
  readonly keys?: readonly string[];
  /** `fake`: test/fake-origin. `pour`: three of bench's origins, which stream to many at once. `none`: the case starts servers itself. */
  readonly origin?: 'fake' | 'pour' | 'none';
  readonly fake?: FakeOriginOptions;
}

/** One thing that is tried on a server. */
export interface AttackCase {
  /** As `--case` takes it. */
  readonly name: string;
  /** What is tried, in a line of the table. */
  readonly tries: string;
  readonly setup: Setup;
  /** Where it cannot be tried, and why. */
  readonly not?: Readonly<Partial<Record<Runtime, string>>>;
  /** Left out of the short form: it takes more time or memory than a test run has, and a smaller one would show nothing. */
  readonly long?: boolean;
  /** `/v1/health` is not judged, because of this. */
  readonly healthApart?: string;
  /** The most that the server's memory may grow by while it lasts, in MB, and where a runtime bounds it in another way. */
  readonly growthMB?: number;
  readonly growthMBOn?: Readonly<Partial<Record<Runtime, number>>>;
  run(arena: Arena): Promise<void>;
}

/** What a case has to work with. */
export interface Arena {
  readonly runtime: Runtime;
  readonly short: boolean;
  /** How long an attack goes on that has no end by itself. */
  readonly seconds: number;
  readonly server: RunningServer;
  readonly url: string;
  /** The fake origin behind the server. @throws where the setup has none */
  readonly origin: FakeOrigin;
  readonly tally: Tally;
  readonly client: Client;
  /** How often something is done: in the full form, and in the short one. */
  count(full: number, short: number): number;
  say(line: string): void;
  /** Servers and folders of the case's own, which go with it. */
  readonly own: Belongings;
}
