import type { UpstreamOptions } from '../upstream/options.ts';
import type { ReferenceChanges } from './reference-changes.ts';

/** Where a Fish-Speech server is and how long to wait for it. */
export interface FishOptions extends UpstreamOptions {
  /** Its voices besides its default one, where the operator has named them: its own list is not asked then. */
  readonly voices?: readonly string[] | undefined;
  /** Shared by all that know its voices, so that the list follows what the gateway itself changes. */
  readonly changes?: ReferenceChanges | undefined;
}
