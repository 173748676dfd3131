import type { Ports } from '../../core/ports.ts';
import { describe } from '../log.ts';

export interface SenderOptions {
  /** Base address of the collector. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Within which what is sent is taken, or given up. */
  readonly timeoutMs: number;
  /** Told once a minute that nothing arrives. */
  readonly onTrouble: (cause: string) => void;
}

/** Sends one document of OTLP/HTTP in JSON; false where the collector did not take it. Never rejects. */
export type Send = (path: '/v1/traces' | '/v1/metrics', body: Uint8Array) => Promise<boolean>;

/** Statuses after which the specification of OTLP lets one try again. */
const TRY_AGAIN: readonly number[] = [429, 502, 503, 504];
const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 1000;
/** Between two lines of the same trouble. */
const REPEAT_MS = 60_000;

export function createSender(
  { endpoint, headers, timeoutMs, onTrouble }: SenderOptions,
  { fetch, clock }: Pick<Ports, 'fetch' | 'clock'>,
): Send {
  let toldAt = Number.NEGATIVE_INFINITY;
  const complain = (error: unknown): false => {
    if (clock.now() - toldAt >= REPEAT_MS) {
      toldAt = clock.now();
      onTrouble(describe(error));
    }
    return false;
  };
  const post = async (url: string, body: Uint8Array, signal: AbortSignal): Promise<number> => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: body as Uint8Array<ArrayBuffer>,
      redirect: 'manual',
      signal,
    });
    await answer.body?.cancel(); // what it says of single spans helps nobody here
    return answer.status;
  };
  return async (path, body) => {
    const late = new AbortController();
    const callOff = clock.alarm(timeoutMs, () =>
      late.abort(new Error('the collector did not answer in time')),
    );
    const endsAt = clock.now() + timeoutMs;
    try {
      for (let attempt = 1; ; attempt++) {
        const status = await post(endpoint + path, body, late.signal);
        if (status >= 200 && status < 300) return true;
        const pauseMs = FIRST_PAUSE_MS * attempt;
        const isOver = attempt >= MAX_ATTEMPTS || clock.now() + pauseMs >= endsAt;
        if (isOver || !TRY_AGAIN.includes(status))
          return complain(new Error(`the collector answers ${status}`));
        await new Promise<void>((resolve) => clock.alarm(pauseMs, resolve));
      }
    } catch (error) {
      return complain(error); // nobody listens there: what was to be sent is given up
    } finally {
      callOff();
    }
  };
}
