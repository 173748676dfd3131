import { bytes, choice, DAY, duration, MiB, SECOND, secret, setting, TiB, text } from './values.ts';
import { fileStore, stateStore } from './values-list.ts';

export const storageSettings = {
  'state.store': setting(
    stateStore(),
    'auto',
    'FISH_STATE',
    'state',
    'Where counters, records and made speech are kept: `memory`, `sqlite` (in the data folder), `redis://host:port`, or `auto`: SQLite where files can be written',
  ),
  'files.store': setting(
    fileStore(),
    'auto',
    'FISH_FILES',
    'files',
    'Where whole files are kept, such as the recordings of voices of your own: `disk` (`files` in the data folder), `https://endpoint/bucket` of an S3-compatible store that several servers share, or `auto`: with `state.store`, on disk beside Redis; on Workers the bucket bound as VOICES',
  ),
  'files.max_bytes': setting(
    bytes(MiB, TiB),
    '2GiB',
    'FISH_FILES_MAX_BYTES',
    'files-max-bytes',
    'Largest total of these files; beyond, a new one is refused',
  ),
  'files.s3_access_key': secret(
    'FISH_S3_ACCESS_KEY',
    's3-access-key',
    'Access key of the S3-compatible store',
  ),
  'files.s3_secret_key': secret(
    'FISH_S3_SECRET_KEY',
    's3-secret-key',
    'Secret key of the S3-compatible store',
  ),
  'files.s3_region': setting(
    text(64),
    'us-east-1',
    'FISH_S3_REGION',
    's3-region',
    'Region that requests to the S3-compatible store are signed for; `auto` for Cloudflare R2',
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
    'Secret that signs playable addresses and client secrets; empty makes one at each start',
  ),
};
