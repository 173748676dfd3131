/** How a child knows that it is one: JSON of `ChildRole`, from the process that started it. */
export const roleVariable = 'FISH_PROCESS';

export interface ChildRole {
  /** From 0; one that takes the place of another has its number. */
  readonly index: number;
  /** The port that the first one found, where the settings leave it open. */
  readonly port?: number | undefined;
  /** It takes the place of one that speaks: it says that it is ready when its voice is loaded. */
  readonly isReplacement: boolean;
  /** Signs addresses and receipts where no secret is set: all of them sign alike. */
  readonly secret: string;
}

/** What processes of one server tell each other. `ask` names a question, and its answers. */
export type ToChild =
  | { readonly type: 'stop' | 'kill' }
  | { readonly type: 'count'; readonly ask: string }
  | { readonly type: 'counts'; readonly ask: string; readonly all: readonly Counts[] };

export type ToParent =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'counts?'; readonly ask: string; readonly own: Counts }
  | { readonly type: 'counted'; readonly ask: string; readonly counts: Counts };

/** All metrics of one process, as prom-client gives them. */
export type Counts = readonly unknown[];
