import type { Clock } from '../ports.ts';
import { turnsOf } from '../stream/turns.ts';
import { asksForProbe } from './middleware/probes.ts';

/**
 * What a request passes before anything of it is read. A runtime hands over all requests that have come before it looks at its
 * sockets again: of many only a few are begun in one turn of the event loop. Probes never wait.
 */
export function createRequestGate(clock: Clock): (request: Request) => Promise<void> {
  const turns = turnsOf(clock);
  return async (request) => {
    if (!asksForProbe(request)) await turns.begin();
  };
}
