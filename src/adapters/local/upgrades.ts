import type { Ports, Upgrade } from '../../core/ports.ts';

/** Requests that are to be sockets, while the app answers them. */
const upgrades = new WeakMap<Request, Upgrade>();

export const upgrade: Ports['upgrade'] = (request, what) => void upgrades.set(request, what);

/** What the adapter has to do instead of sending `response`; undefined: send it. */
export function takeUpgrade(request: Request, response: Response): Upgrade | undefined {
  const what = upgrades.get(request);
  upgrades.delete(request);
  if (!what || response.ok) return what;
  what.lost();
  return undefined;
}

/** Seconds of silence after which a client is asked whether it is there, where the runtime does so. */
export const PULSE_SECONDS = 30;

/** In the app's answer to a handshake: the one of the protocols that the client offered which it speaks (RFC 6455, 4.2.2). */
export const SUBPROTOCOL = 'sec-websocket-protocol';
