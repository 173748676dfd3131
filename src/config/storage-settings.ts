import { bytes, choice, DAY, duration, MiB, SECOND, secret, setting, TiB } from './values.ts';
import { stateStore } from './values-list.ts';

export const storageSettings = {
  'state.store': setting(
    stateStore(),
    'auto',
    'FISH_STATE',
    'state',
    'Where counters, records and made speech are kept: `memory`, `sqlite` (in the data folder), `redis://host:port`, or `auto`: SQLite where files can be written',
  ),
  'cache.default': setting(
    choice('auto', 'on', 'off'),
    'auto',
    'FISH_CACHE',
    'cache',
    'Keep made speech: `auto` not where a request leaves the voice to chance (a Fish request without a seed), `on` always, `off` never',
  ),
  'cache.max_bytes': setting(
    bytes(MiB, TiB),
    '256MiB',
    'FISH_CACHE_MAX_BYTES',
    'cache-max-bytes',
    'Largest total of kept speech, audio behind addresses included; the least used goes first',
  ),
  'cache.max_age': setting(
    duration(SECOND, 365 * DAY),
    '24h',
    'FISH_CACHE_MAX_AGE',
    'cache-max-age',
    'Longest time speech is kept',
  ),
  'links.max_age': setting(
    duration(SECOND, 365 * DAY),
    '1h',
    'FISH_LINKS_MAX_AGE',
    'links-max-age',
    'How long the audio behind `/audio/<hash>.wav`, captions and signed addresses stays',
  ),
  'links.secret': secret(
    'FISH_LINKS_SECRET',
    'links-secret',
    'Secret that signs playable addresses; empty makes one at each start',
  ),
};
