import type { Clock, Ended } from '../ports.ts';
import { conduit } from './conduit.ts';

export type Outcome = Ended['outcome'];

/** Hands `body` on unchanged and calls `finish` once, when it finished, failed or was cancelled, with the bytes so far. */
export function meter(
  body: ReadableStream<Uint8Array>,
  finish: (outcome: Outcome, bytes: number) => void,
): ReadableStream<Uint8Array> {
  return conduit(body, { onEnd: ({ outcome, bytes = 0 }) => finish(outcome, bytes) }, noClock);
}

/** Nothing is watched, so nothing is timed. */
const noClock: Clock = { now: () => 0, alarm: () => () => {} };
