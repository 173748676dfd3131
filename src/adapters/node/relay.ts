import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Relay, StreamObserver, StreamOutcome } from '../../core/ports.ts';
import { readableOf, releaseWhenWritten } from './body.ts';

/** A body that waits to be sent. */
interface Load {
  /** Let go of when it is sent. */
  first: Uint8Array;
  readonly rest: Readable;
  readonly observer: StreamObserver | undefined;
  readonly settle: (end: StreamOutcome) => void;
  /** Bytes that may wait for a client that is slower than the source. */
  readonly aheadBytes: number;
  /** It is on its way. */
  taken: boolean;
}

const loads = new WeakMap<ReadableStream, Load>();
const nothing = new Uint8Array();

/**
 * Bodies of `webBody` go from Node stream to Node stream: two layers of web streams cost twice the time of the transfer
 * itself. Others, and those that something else than Node's server reads, go through `inScript`.
 */
export function createNodeRelay(inScript: Relay, aheadBytes: number): Relay {
  return (first, rest, observer) => {
    const readable = readableOf(rest);
    if (!readable) return inScript(first, rest, observer);
    const { promise: done, resolve: settle } = Promise.withResolvers<StreamOutcome>();
    const load: Load = { first, rest: readable, observer, settle, aheadBytes, taken: false };
    const body = lazyBody(load, () => {
      const relayed = inScript(load.first, rest, observer);
      void relayed.done.then(settle);
      return relayed.body;
    });
    watchEarlyEnd(load);
    loads.set(body, load);
    return { body, done };
  };
}

/** The origin died, or the work was stopped, before anybody took the body. */
function watchEarlyEnd(load: Load): void {
  load.rest.once('close', () => {
    if (!load.taken && !load.rest.readableEnded)
      load.settle({ outcome: 'cancelled', error: load.rest.errored });
  });
}

/** Sends a relayed body by itself. False when it is none: nothing was done then. */
export function sendRelayed(response: Response, outgoing: ServerResponse): boolean {
  const load = response.body ? loads.get(response.body) : undefined;
  if (!load || load.taken) return false;
  load.taken = true;
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  send(load, outgoing);
  return true;
}

function send(load: Load, outgoing: ServerResponse): void {
  const { rest, observer, settle, aheadBytes } = load;
  let bytes = 0;
  const follow = releaseWhenWritten();
  const write = (chunk: Uint8Array, written?: (error?: Error | null) => void): void => {
    bytes += chunk.length;
    if (outgoing.write(chunk, written) || outgoing.writableLength < aheadBytes) observer?.asked();
    else rest.pause();
  };
  const broke = (error: unknown): void => {
    settle({ outcome: 'error', bytes, error }); // before the client's own request is told that its connection is gone
    outgoing.destroy(); // the client sees a broken connection, never a clean end
  };
  const left = (): void => {
    settle({ outcome: outgoing.writableFinished ? 'finished' : 'cancelled', bytes });
    rest.destroy();
  };
  if (outgoing.destroyed || outgoing.closed) {
    left();
    return;
  }
  outgoing.on('close', left);
  outgoing.on('error', () => {}); // 'close' follows
  outgoing.on('drain', () => {
    observer?.asked();
    rest.resume();
  });
  rest.on('error', broke);
  rest.on('close', () => {
    if (!rest.readableEnded) broke(rest.errored ?? new Error('The body broke off.'));
  });
  const finish = (): void => {
    const flaw = observer?.ended();
    if (flaw) broke(flaw);
    else outgoing.end();
  };
  write(load.first);
  load.first = nothing;
  if (rest.readableEnded) finish(); // its end came with the first chunk
  rest.on('end', finish);
  rest.on('data', (chunk: Uint8Array) => {
    observer?.came(chunk.length);
    write(chunk, follow(chunk));
  });
  if (rest.destroyed && !rest.readableEnded) broke(rest.errored ?? new Error('The body broke off.'));
}

/** The same body for whoever reads it as a web stream: made when it is asked for its first chunk. */
function lazyBody(load: Load, make: () => ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const begin = (): ReadableStreamDefaultReader<Uint8Array> => {
    load.taken = true;
    reader ??= make().getReader();
    return reader;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await begin().read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => begin().cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
