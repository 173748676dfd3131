import type { Clock, Relay, StreamOutcome } from '../core/ports.ts';
import { type PassThroughOptions, passThrough } from './pass-through.ts';

/**
 * What a relay reads ahead of a slow listener: 12 s of 44.1 kHz mono. An origin is done with a sentence as soon as its bytes
 * were taken; it must not wait for somebody's loudspeaker.
 */
export const RELAY_AHEAD_BYTES: number = 1024 * 1024;

/** The relay of a runtime that has none of its own: one layer of JavaScript. */
export function createRelay(clock: Clock, how: Pick<PassThroughOptions, 'readerMs' | 'read'>): Relay {
  return (first, rest, observer) => {
    const { promise: done, resolve: onEnd } = Promise.withResolvers<StreamOutcome>();
    return {
      body: passThrough(rest, { ...how, first, observer, onEnd, aheadBytes: RELAY_AHEAD_BYTES }, clock),
      done,
    };
  };
}
