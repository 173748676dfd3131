import type { SocketListener } from '../ports.ts';
import { SpeechFailure } from '../speech/errors.ts';
import type { Arrival, Receiving } from './receiving.ts';

interface Session extends Pick<SocketListener, 'message' | 'closed'> {
  /** Says what is wrong and closes the socket, which lets go of what it holds. */
  fail(error: unknown): void;
  /** The next message may start something. */
  readonly awaitsStart: boolean;
}

interface MessageRules {
  readonly receiving: Receiving;
  readonly client: string;
  /** Largest message in bytes: the first of what a session starts, and all others. */
  readonly sizes: { readonly first: number; readonly later: number };
}

/** A session whose messages have limits, and take their part of the budget while they come where the runtime tells. */
export function withinBudget(session: Session, { receiving, client, sizes }: MessageRules): SocketListener {
  let arrival: Arrival | undefined;
  const isTooLarge = (bytes: number): boolean => {
    const most = session.awaitsStart ? sizes.first : sizes.later;
    if (bytes <= most) return false;
    const message = `The message is larger than ${most} bytes.`;
    session.fail(new SpeechFailure({ code: 'request_too_large', message }));
    return true;
  };
  const end = (): void => {
    arrival?.end();
    arrival = undefined;
  };
  return {
    arriving(bytes) {
      if (isTooLarge(bytes)) return;
      arrival ??= receiving.begin(client, (failure) => session.fail(failure));
      try {
        arrival.hold(bytes);
      } catch (error) {
        session.fail(error);
      }
    },
    message(data) {
      end();
      if (isTooLarge(data.length)) return;
      session.message(data);
    },
    closed() {
      end();
      session.closed();
    },
  };
}

/** RFC 6455, 4.2.1. Some runtimes take up what is none, and do not tell that nothing comes of it. */
export function isHandshake(headers: Headers): boolean {
  const key = headers.get('sec-websocket-key')?.trim() ?? '';
  return headers.get('sec-websocket-version')?.trim() === '13' && /^[A-Za-z0-9+/]{22}==$/.test(key);
}
