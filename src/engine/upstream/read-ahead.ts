import { ClientGone } from '../../stream/cancel.ts';
import type { ChunkReader } from '../../stream/pull.ts';
import { chunksOf } from '../../stream/pull.ts';

/** How a body ended. */
export type BodyEnd =
  | { readonly outcome: 'finished' | 'cancelled' }
  | { readonly outcome: 'error'; readonly error: unknown };

/** Bytes that bodies may hold for readers that are slower than their origins. */
export interface ReadAheadBounds {
  /** For one body. */
  readonly bodyBytes: number;
  /** What is left for all of them; shared and changed by them. */
  readonly shared: { left: number };
}

/**
 * `source`, read as fast as it comes within `bounds`: an origin is done with a request when its last byte was taken, and
 * until then its slot is of use to nobody, however slowly somebody listens. Beyond the bounds it is read as it is asked for.
 * An error of `source` is told after what came before it.
 *
 * @param eager starts before the first read
 * @param end called once, when `source` ended, failed, or was cancelled
 */
export function readAhead(
  source: ReadableStream<Uint8Array>,
  bounds: ReadAheadBounds,
  eager: boolean,
  end: (end: BodyEnd) => void,
): ReadableStream<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let heldBytes = 0;
  let reader: ChunkReader | undefined;
  let reading = false;
  let over: BodyEnd | undefined;
  let arrived = (): void => {};
  let asked = false;

  const finish = (how: BodyEnd): void => {
    if (over) return;
    over = how;
    end(how);
    arrived();
  };
  const hold = (bytes: number): void => {
    heldBytes += bytes;
    bounds.shared.left -= bytes;
  };
  const mayRead = (): boolean => {
    if (over) return false;
    return (asked && chunks.length === 0) || (heldBytes < bounds.bodyBytes && bounds.shared.left > 0);
  };
  const read = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    try {
      reader ??= chunksOf(source);
      while (mayRead()) {
        const { done, value } = await reader.read();
        if (over) break;
        if (done) {
          finish({ outcome: 'finished' });
          break;
        }
        if (value.length === 0) continue;
        chunks.push(value);
        hold(value.length);
        arrived();
      }
    } catch (error) {
      finish({ outcome: 'error', error });
    } finally {
      reading = false;
    }
  };

  if (eager) void read();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        asked = true;
        void read();
        if (chunks.length === 0 && !over) {
          await new Promise<void>((resolve) => {
            arrived = resolve;
          });
        }
        asked = false;
        const chunk = chunks.shift();
        if (chunk) {
          hold(-chunk.length);
          controller.enqueue(chunk);
          void read();
        } else if (over?.outcome === 'error') controller.error(over.error);
        else if (over?.outcome === 'finished') controller.close();
      },
      async cancel(reason) {
        chunks.length = 0;
        hold(-heldBytes);
        if (over) return;
        over = { outcome: 'cancelled' };
        arrived();
        const gone = reason ?? new ClientGone();
        await (reader ? reader.cancel(gone) : source.cancel(gone)).catch(() => {});
        end(over); // not before the source has let go: until then the slot is taken
      },
    },
    { highWaterMark: 0 },
  );
}
