import { SpeechFailure } from '../../core/errors.ts';
import { ClientGone } from '../../stream/cancel.ts';
import type { BoundWork } from '../../stream/deadline.ts';
import { type BodyReader, bodyReader, type ChunkReader, pullStream } from '../../stream/pull.ts';
import { createSniffer, type Sniffer } from './sniff.ts';
import { NotPcm, type PcmFormat } from './wav-header.ts';

/**
 * A stream that began with success and had no audio in it, though nothing else either: so an engine fails once the status
 * has left. The words are for the log.
 */
export class NothingSpoken extends NotPcm {
  constructor(cause?: unknown) {
    super('the beginning of an answer and no audio');
    this.name = 'NothingSpoken';
    this.cause = cause;
  }
}

/** An answer of the origin whose first audio has come. */
export interface BegunBody {
  readonly format: PcmFormat;
  readonly first: Uint8Array;
  /** `first` is all there is. */
  readonly ended: boolean;
  readonly reader: BodyReader;
  readonly source: ReadableStream<Uint8Array>;
  readonly sniffer: Sniffer;
}

/**
 * Reads an answer up to its first PCM.
 * @param rate in Hz, of PCM that does not say its own
 * @param isSized see `Ports.sizedReads`
 * @throws NotPcm when there is something else in it, NothingSpoken when there is nothing, the failure of `work`, or what the
 * connection throws
 */
export async function beginBody(
  response: Response,
  work: BoundWork,
  rate: number,
  isSized?: boolean,
): Promise<BegunBody> {
  const sniffer = createSniffer(response.headers.get('content-type'), rate);
  const source = response.body ?? new Blob([]).stream();
  const reader = bodyReader(source, isSized && response.body !== null);
  let bytes = 0;
  const isEmpty = (): boolean => bytes === 0 || sniffer.format !== undefined;
  for (;;) {
    const { done, value } = await work.race(reader.read()).catch((error: unknown) => {
      throw work.failure || !isEmpty() ? error : new NothingSpoken(error);
    });
    if (done && isEmpty()) throw new NothingSpoken();
    bytes += value?.length ?? 0;
    const first = done ? sniffer.end() : sniffer.push(value);
    if (first.length > 0 && sniffer.format) {
      return { format: sniffer.format, first: compact(first), ended: done, reader, source, sniffer };
    }
    if (done) throw new NotPcm('no audio');
  }
}

/** A runtime may read into 64 KiB whatever comes; a few samples must not hold that for as long as they wait. */
function compact(bytes: Uint8Array): Uint8Array {
  return bytes.length < bytes.buffer.byteLength / 2 ? bytes.slice() : bytes;
}

/**
 * The PCM of an answer, one chunk for each one asked for. Errors visibly when the answer breaks off, stays silent for
 * `idleMs` milliseconds or ends before what it promised; cancelling it closes the origin's socket.
 */
export function handOn(body: BegunBody, work: BoundWork, idleMs: number): ReadableStream<Uint8Array> {
  let finished = false;
  return pullStream(
    async function* () {
      try {
        yield body.first;
        if (!body.ended) yield* readRest(body, work, idleMs);
        finished = true;
      } catch (error) {
        const failure = asFailure(error);
        work.stop(failure);
        throw failure;
      }
    },
    () => {
      if (!finished) work.stop(new ClientGone()); // no effect when something else stopped it before
      body.reader.cancel().catch(() => {});
      work.end();
    },
  );
}

async function* readRest(
  { reader, sniffer }: BegunBody,
  work: BoundWork,
  idleMs: number,
): AsyncGenerator<Uint8Array, void, void> {
  const gaps = work.watchGaps(idleMs, () => new SpeechFailure({ code: 'timeout', stage: 'idle' }));
  while (!sniffer.complete) {
    gaps.begin();
    const { done, value } = await work.race(reader.read());
    gaps.end();
    if (done) {
      yield sniffer.end();
      return;
    }
    yield sniffer.push(value);
  }
  sniffer.end();
  await drain(reader, work);
}

const MAX_TRAILER_BYTES = 64 * 1024;
const DRAIN_MS = 1000;

/**
 * Reads what follows the promised audio (LIST chunks, the end of the chunked body), so that the connection can be
 * used again. All audio is there: nothing that happens here is an error.
 */
async function drain(reader: ChunkReader, work: BoundWork): Promise<void> {
  work.limit(DRAIN_MS, () => new Error('The origin does not end its answer.'));
  try {
    for (let bytes = 0; bytes <= MAX_TRAILER_BYTES; ) {
      const { done, value } = await work.race(reader.read());
      if (done) return;
      bytes += value.length;
    }
  } catch {
    // the connection is of no use any more, the audio is
  }
}

/** What a client may know of an error; the error itself is kept for the log. */
export function asFailure(error: unknown): SpeechFailure | ClientGone {
  if (error instanceof SpeechFailure || error instanceof ClientGone) return error;
  return new SpeechFailure({ code: 'origin_unavailable' }, error);
}
