import type { Clock } from '../../core/ports.ts';
import { settlesWithin } from '../../stream/deadline.ts';
import { pullStream } from '../../stream/pull.ts';
import { NonsenseFromModel } from './read-chunk.ts';

/** Of one answer, with all that surrounds its tokens: 200 bytes a token are usual. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;
/** A connection is worth so long a wait for the end of its body: the next answer needs no new one. */
const LAST_READ_MS = 250;
const DONE = 'data: [DONE]';

/**
 * A model server's answer as the client may read it: events, and not without end. The client leaves the body after `[DONE]`;
 * what is left of it is read here, so that the connection can be used again.
 *
 * @throws NonsenseFromModel for a success that is something else
 */
export function boundAnswer(response: Response, clock: Clock): Response {
  const { body, status, headers, ok } = response;
  if (!body) return response;
  if (ok && !(headers.get('content-type') ?? '').startsWith('text/event-stream')) {
    body.cancel().catch(() => {});
    throw new NonsenseFromModel('The answer is no stream of events.');
  }
  const reader = body.getReader();
  let last: Uint8Array = new Uint8Array(0);
  const letGo = async (): Promise<void> => {
    if (new TextDecoder().decode(last).trimEnd().endsWith(DONE)) {
      await settlesWithin(reader.read(), LAST_READ_MS, clock);
    }
    await reader.cancel(); // harmless on a body that has ended
  };
  const stream = pullStream(
    async function* () {
      for (let left = ok ? MAX_ANSWER_BYTES : MAX_REFUSAL_BYTES; ; ) {
        const { done, value } = await reader.read();
        if (done) return;
        left -= value.length;
        if (left < 0) throw new NonsenseFromModel('The answer has no end.');
        last = value;
        yield value;
      }
    },
    () => void letGo().catch(() => {}),
  );
  return new Response(stream, { status, headers });
}
