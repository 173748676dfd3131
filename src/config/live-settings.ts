import { setting } from './setting.ts';
import { HOUR, SECOND } from './units.ts';
import { duration, integer } from './values.ts';

export const liveSettings = {
  'live.max_sockets': setting(
    integer(0, 100_000),
    '1000',
    'FISH_MAX_SOCKETS',
    'max-sockets',
    'WebSockets that may be open at once; the next one gets 503',
  ),
  'live.idle_timeout': setting(
    duration(SECOND, 24 * HOUR),
    '10m',
    'FISH_LIVE_IDLE_TIMEOUT',
    'live-idle-timeout',
    'How long a WebSocket may be open without text or audio',
  ),
};
