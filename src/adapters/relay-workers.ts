import type { Ended, Relay } from '../ports.ts';

/** workerd's own stream (developers.cloudflare.com/workers/runtime-apis/streams/transformstream). */
declare const IdentityTransformStream: new () => TransformStream<Uint8Array, Uint8Array>;

/** The same, of so many bytes (developers.cloudflare.com/workers/runtime-apis/streams/transformstream/#fixedlengthstream). */
declare const FixedLengthStream: new (bytes: number) => TransformStream<Uint8Array, Uint8Array>;

/** workerd sends any other stream in chunks, whatever length was announced. */
export function withLength(response: Response): Response {
  const length = response.headers.get('content-length');
  if (length === null || !response.body) return response;
  const { readable, writable } = new FixedLengthStream(Number(length));
  response.body.pipeTo(writable).catch(() => {}); // the client sees it break off
  return new Response(readable, response);
}

/** Moves a body inside the runtime: a pull stream in JavaScript costs four times as much for a large one. */
export const relay: Relay = (first, rest) => {
  const { readable, writable } = new IdentityTransformStream();
  const move = async (): Promise<void> => {
    const writer = writable.getWriter();
    await writer.write(first);
    writer.releaseLock();
    await rest.pipeTo(writable);
  };
  const done = move().then(
    (): Ended => ({ outcome: 'finished' }),
    (error: unknown): Ended => ({ outcome: 'cancelled', error }), // or broken off: the runtime does not tell which
  );
  return { body: readable, done };
};
