import { signal } from '@preact/signals';

/** One speech that this page asked for. */
export interface Seen {
  readonly firstAudio: number | undefined;
  readonly realTimeFactor: number | undefined;
  readonly isGood: boolean;
}

const MOST = 60;

/** What this page saw of the server, the oldest first. */
export const history = signal<readonly Seen[]>([]);

export function remember(seen: Seen): void {
  history.value = [...history.value, seen].slice(-MOST);
}
