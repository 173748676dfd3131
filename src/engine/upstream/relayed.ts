import { type Channels, frameBytes } from '../../audio/pcm.ts';
import { joinBytes } from '../../core/bytes.ts';
import type { PcmStream } from '../../core/engine.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { StreamObserver, StreamOutcome } from '../../core/ports.ts';
import { ClientGone } from '../../stream/cancel.ts';
import type { BoundWork } from '../../stream/deadline.ts';
import { asFailure, type BegunBody } from './pcm-body.ts';
import { NotPcm } from './wav-header.ts';

/**
 * A way to move the rest of the answer in one layer, or by the runtime itself, where every byte of it is audio: a stream
 * whose end nobody announced. The deadlines and the client's signal still end it, for they close the origin's socket.
 */
export function relayedBy(begun: BegunBody, work: BoundWork, idleMs: number): PcmStream['relayed'] {
  if (begun.ended || begun.format.length !== undefined) return undefined;
  return (relay, head, sourceEnded) => {
    begun.reader.releaseLock();
    const { rest } = begun.sniffer;
    const first = joinBytes([head, begun.first, rest]);
    const { body, done } = relay(
      first,
      begun.source,
      observerOf(begun.format.channels, rest.length, work, idleMs, sourceEnded),
    );
    return { body, done: settled(done, work) };
  };
}

/** @param begunBytes of a frame that has not all come yet */
function observerOf(
  channels: Channels,
  begunBytes: number,
  work: BoundWork,
  idleMs: number,
  sourceEnded?: () => void,
): StreamObserver {
  const gaps = work.watchGaps(idleMs, () => new SpeechFailure({ code: 'timeout', stage: 'idle' }));
  let bytes = begunBytes;
  return {
    signal: work.signal,
    asked: gaps.begin,
    came(count) {
      gaps.end();
      bytes += count;
    },
    ended() {
      const isWhole = bytes % frameBytes(channels) === 0;
      if (isWhole) sourceEnded?.();
      return isWhole ? undefined : asFailure(new NotPcm('half a frame at the end'));
    },
  };
}

/**
 * What an engine's body would have said: the reason that stopped the work goes before what its socket made of it. A
 * function of its own, whose closures hold nothing of the answer's beginning while the rest flows.
 */
function settled(done: Promise<StreamOutcome>, work: BoundWork): Promise<StreamOutcome> {
  return done.then((end) => {
    if (end.outcome === 'finished') {
      work.end();
      return end;
    }
    const error =
      work.failure ?? (end.outcome === 'cancelled' ? new ClientGone(end.error) : asFailure(end.error));
    work.stop(error);
    return { ...end, outcome: error instanceof ClientGone ? 'cancelled' : 'error', error };
  });
}
