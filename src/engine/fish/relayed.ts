import { joinBytes } from '../../audio/pcm.ts';
import type { BoundWork } from '../../stream/deadline.ts';
import type { PcmStream } from '../engine.ts';
import type { BegunBody } from './pcm-body.ts';

/**
 * A way for the runtime to move the rest of the answer by itself, where every byte of it is audio: a stream whose end
 * nobody announced. The total deadline and the client's signal still end it; the gaps inside are not watched.
 */
export function relayedBy(begun: BegunBody, work: BoundWork): PcmStream['relayed'] {
  if (begun.ended || begun.format.length !== undefined) return undefined;
  return (relay, head) => {
    begun.reader.releaseLock();
    const relayed = relay(joinBytes([head, begun.first, begun.sniffer.rest]), begun.source);
    relayed.done.catch(() => {}).finally(() => work.end());
    return relayed;
  };
}
