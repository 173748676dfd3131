import { invalid, SpeechFailure } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { ClientGone } from '../stream/cancel.ts';
import { boundWork } from '../stream/deadline.ts';
import { bodyReader } from '../stream/pull.ts';
import { ByteStore } from '../stream/read.ts';
import type { HttpOptions } from './options.ts';
import type { Receiving } from './receiving.ts';

export interface BodyRules {
  readonly maxBytes: number;
  /** Milliseconds for the whole body to arrive. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly receiving: Receiving;
  /** See `Ports.sizedReads`. */
  readonly sizedReads?: boolean | undefined;
  /** Each piece is handed on at once: nothing of the body is kept here. */
  readonly isPassedOn?: boolean | undefined;
  /** Elements of one msgpack array or map, members of a JSON text; as many as requests have by default. */
  readonly maxItems?: number | undefined;
}

/** A runtime takes up to 0.2 ms for a chunk, whatever is in it: so many may be as small as they like. */
const FREE_PIECES = 4096;
/** Bytes that all others must have on average. */
const MIN_PIECE = 32;
/** The part of the time for a whole body in which nothing of it may come. */
const SILENCE = 1 / 3;

export function bodyRules(
  { readTimeout, ports, receiving }: Pick<HttpOptions, 'readTimeout' | 'ports' | 'receiving'>,
  maxBytes: number,
): BodyRules {
  return { maxBytes, timeout: readTimeout, clock: ports.clock, receiving, sizedReads: ports.sizedReads };
}

/** All bytes of a body. @param client whose share of the budget it takes */
export async function receive(
  request: Request,
  rules: BodyRules,
  client: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const store = new ByteStore();
  for await (const bytes of arriving(request, rules, client)) store.add(bytes);
  return store.join();
}

/**
 * A body as it comes: counted, timed, and within the budget of all that is being received.
 * @throws SpeechFailure before anything is read when it says that it is too large
 */
export function arriving(
  request: Request,
  rules: BodyRules,
  client: string,
): AsyncGenerator<Uint8Array, void, void> {
  if (Number(request.headers.get('content-length') ?? 0) > rules.maxBytes) throw tooLarge(rules);
  const body = bodyOf(request);
  if (!body) throw invalid('The request has no body.');
  return pieces(body, rules, client);
}

/** @throws ClientGone where the runtime (Deno) has no body left of a client that left, which its signal does not tell */
function bodyOf(request: Request): Request['body'] {
  try {
    return request.body;
  } catch (error) {
    throw new ClientGone(error);
  }
}

/** Nobody but the client breaks off what it sends. */
function brokenOff(error: unknown): never {
  throw new ClientGone(error);
}

async function* pieces(
  body: ReadableStream<Uint8Array>,
  rules: BodyRules,
  client: string,
): AsyncGenerator<Uint8Array, void, void> {
  const work = boundWork(rules.clock);
  const late = (): SpeechFailure => new SpeechFailure({ code: 'timeout', stage: 'receive' });
  work.limit(rules.timeout, late);
  const gaps = work.watchGaps(rules.timeout * SILENCE, late);
  const arrival = rules.receiving.begin(client, (failure) => work.stop(failure));
  const reader = bodyReader(body, rules.sizedReads);
  let bytes = 0;
  let count = 0;
  try {
    for (;;) {
      gaps.begin();
      const { done, value } = await work.race(reader.read().catch(brokenOff));
      gaps.end();
      if (done) return;
      bytes += value.length;
      if (bytes > rules.maxBytes) throw tooLarge(rules);
      if (++count > FREE_PIECES + bytes / MIN_PIECE) throw invalid('The body comes in too small pieces.');
      if (!rules.isPassedOn) arrival.hold(bytes);
      yield value;
    }
  } finally {
    work.end();
    arrival.end();
    reader.cancel().catch(() => {}); // harmless on a body that has ended
  }
}

function tooLarge({ maxBytes }: BodyRules): SpeechFailure {
  return new SpeechFailure({
    code: 'request_too_large',
    message: `The body is larger than ${maxBytes} bytes.`,
  });
}
