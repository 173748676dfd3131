import type { Relay } from '../../core/ports.ts';
import { createRelay } from '../../stream/pass-through.ts';
import { sizedReader } from '../../stream/sized-reader.ts';
import { isolateClock } from './clock.ts';

/**
 * A layer of JavaScript like that of other runtimes, because workerd's own pipe tells nothing: not that an origin fell silent, nor how
 * much it gave. Read in pieces of up to 64 KiB it costs little more than the pipe; by default workerd reads 4 KiB. Here beside `serve.ts`,
 * which chooses the relays of the other runtimes: adapters know no streams.
 */
export const relay: Relay = createRelay(isolateClock, { read: sizedReader });
