import { once } from 'node:events';
import { encode } from '@msgpack/msgpack';
import { LiveClient } from '../test/conformance/suites/live-client.ts';
import type { Arena } from './case.ts';
import { onlyLoopback } from './client.ts';

const openDeadlineMs = 15_000;

/** A session of `/v1/tts/live` under attack: the conformance suites' client, for sockets that are many, refused or left half way. */
export type Opened = { readonly session: LiveClient } | { readonly status: number };

/** Opens a socket, or tells the status with which it was refused; 0 is a connection that broke. */
export async function openLive(
  arena: Arena,
  headers: Readonly<Record<string, string>> = {},
): Promise<Opened> {
  onlyLoopback(arena.url);
  arena.tally.sent++;
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('no answer')), openDeadlineMs).unref();
  });
  try {
    const session = await Promise.race([LiveClient.open(arena.url, headers), late]);
    arena.tally.saw('101');
    return { session };
  } catch (error) {
    const [, digits] = /Unexpected server response: (\d+)/.exec(String(error)) ?? [];
    arena.tally.saw(digits ?? 'broken');
    return { status: Number(digits ?? 0) };
  }
}

/** One that must open. @throws when it is refused */
export async function mustOpen(
  arena: Arena,
  headers: Readonly<Record<string, string>> = {},
): Promise<LiveClient> {
  const opened = await openLive(arena, headers);
  if ('session' in opened) return opened.session;
  throw new Error(`a socket was refused with ${opened.status}`);
}

export function start(session: LiveClient, request: object = {}): void {
  session.send({ event: 'start', request: { text: '', format: 'pcm', ...request } });
}

/** The code with which it closes, or undefined when it is still open after `ms`. */
export function closedWithin(session: LiveClient, ms: number): Promise<number | undefined> {
  return Promise.race([
    session.closed,
    new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), ms).unref();
    }),
  ]);
}

/** Whether the utterance ends, well or badly, or the socket closes, within `ms`. */
export async function finishedWithin(session: LiveClient, ms: number): Promise<boolean> {
  const isOver = (): boolean =>
    session.socket.readyState === session.socket.CLOSED ||
    session.messages.some(({ event }) => event === 'finish' || event === 'error');
  for (const until = Date.now() + ms; !isOver(); ) {
    if (Date.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

/** Waits until what was sent has left this process: a socket that is never drained fills the attacker's memory. */
export async function drained(session: LiveClient, most: number): Promise<void> {
  while (session.socket.bufferedAmount > most && session.socket.readyState === session.socket.OPEN)
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 5)), once(session.socket, 'close')]);
}

export function textMessage(text: string): Uint8Array {
  return encode({ event: 'text', text });
}
