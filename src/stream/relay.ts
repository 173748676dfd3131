import type { Clock, Ended, Relay } from '../ports.ts';
import { type ConduitOptions, conduit } from './conduit.ts';

/** The relay of a runtime that has none of its own: one layer of JavaScript. */
export function createRelay(clock: Clock, how: Pick<ConduitOptions, 'readerMs' | 'read'>): Relay {
  return (first, rest, watch) => {
    const { promise: done, resolve: onEnd } = Promise.withResolvers<Ended>();
    return { body: conduit(rest, { ...how, first, watch, onEnd }, clock), done };
  };
}
