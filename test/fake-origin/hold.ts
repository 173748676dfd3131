import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { drop } from './replies.ts';

/** Answers without an end: they go on until somebody says so, however slow the machine is. */
export interface Hold {
  /** Resolves after `ms`, or when nobody waits for the answer any more. */
  pause(response: ServerResponse, ms: number): Promise<void>;
  /** Writes `piece` every `ms` until it is released, or its client has left. */
  speakOn(response: ServerResponse, piece: Uint8Array, ms: number): Promise<void>;
  /** All of them come to their end. */
  release(): void;
  /** Drops the connections of all of them. */
  breakOff(): void;
}

export function createHold(): Hold {
  const held = new Set<ServerResponse>();
  return {
    async pause(response, ms) {
      if (response.destroyed) return;
      const over = new AbortController();
      response.once('close', () => over.abort());
      await sleep(ms, undefined, { signal: over.signal }).catch(() => {});
    },
    async speakOn(response, piece, ms) {
      held.add(response);
      while (held.has(response) && !response.destroyed) {
        response.write(piece);
        await sleep(ms);
      }
      held.delete(response);
    },
    release() {
      held.clear();
    },
    breakOff() {
      for (const response of held) drop(response);
    },
  };
}
