import type { Readable } from 'node:stream';

const readables = new WeakMap<ReadableStream, Readable>();

/** The Node stream behind a body of `webBody`, from which nothing but what was read is gone. */
export function readableOf(body: ReadableStream): Readable | undefined {
  return readables.get(body);
}

/**
 * A web stream over a Node stream, which it asks for one chunk for each one it is asked for. Unlike `Readable.toWeb` it
 * never reads ahead and leaves no listener behind, so that between two reads the Node stream can be taken over.
 */
export function webBody(
  readable: Readable,
  cancel = () => void readable.destroy(),
): ReadableStream<Uint8Array> {
  readable.on('error', () => {}); // told to whoever reads; an error that nobody hears would end the process
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await nextChunk(readable);
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
  readables.set(body, readable);
  return body;
}

/** The same of a request whose answer has still to go out over the same socket: the server sees to what nobody reads of it. */
export function requestBody(incoming: Readable): ReadableStream<Uint8Array> {
  return webBody(incoming, () => {});
}

/** Undefined at the end. @throws what broke the stream off */
function nextChunk(readable: Readable): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const chunk = readable.read() as Uint8Array | null;
      if (chunk) settle(() => resolve(chunk));
      else if (readable.readableEnded) settle(() => resolve(undefined));
      else if (readable.destroyed) settle(() => reject(readable.errored ?? new Error('The body broke off.')));
    };
    const settle = (tell: () => void): void => {
      for (const event of events) readable.off(event, look);
      tell();
    };
    const chunk = readable.read() as Uint8Array | null;
    if (chunk) return resolve(chunk);
    for (const event of events) readable.on(event, look);
    look();
  });
}

const events = ['readable', 'end', 'error', 'close'] as const;
