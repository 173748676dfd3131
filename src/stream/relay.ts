import type { Clock, Ended, Relay } from '../ports.ts';
import { type ConduitOptions, conduit } from './conduit.ts';

/**
 * What a relay reads ahead of a slow listener: 12 s of 44.1 kHz mono. An origin is done with a sentence as soon as its bytes
 * were taken; it must not wait for somebody's loudspeaker.
 */
export const relayAheadBytes: number = 1024 * 1024;

/** The relay of a runtime that has none of its own: one layer of JavaScript. */
export function createRelay(clock: Clock, how: Pick<ConduitOptions, 'readerMs' | 'read'>): Relay {
  return (first, rest, watch) => {
    const { promise: done, resolve: onEnd } = Promise.withResolvers<Ended>();
    return { body: conduit(rest, { ...how, first, watch, onEnd, aheadBytes: relayAheadBytes }, clock), done };
  };
}
