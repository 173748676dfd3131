import type { Clock } from '../core/ports.ts';
import { settlesWithin } from '../stream/deadline.ts';

/** Server-sent events (WHATWG HTML, section 9.2). */

/** Clients give up on a silent connection (livekit after 30 s): a comment tells that it lives. */
const KEEP_ALIVE_MS = 10_000;
const utf8 = new TextEncoder();

/** @param name none where the type is in the data, as in OpenAI's events */
export function event(data: object, name?: string): Uint8Array {
  return utf8.encode(`${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`);
}

/** Waits for `next`, and gives comments meanwhile that keep the connection alive. */
export async function* waitAlive<T>(next: Promise<T>, clock: Clock): AsyncGenerator<Uint8Array, T, void> {
  while (!(await settlesWithin(next, KEEP_ALIVE_MS, clock))) yield utf8.encode(': keep-alive\n\n');
  return next;
}
