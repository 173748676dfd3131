import { bytes, choice, DAY, duration, GiB, HOUR, hidden, integer, secret, setting, text } from './values.ts';
import { boolean, pairs } from './values-list.ts';
import { origins, originUrls, upstreams } from './values-origin.ts';

export const fishSettings = {
  'backend.url': setting(
    originUrls(16),
    '',
    'FISH_BACKEND',
    'backend',
    'Address of a Fish-Speech server, or several separated by commas, for example `http://127.0.0.1:8081`; `https://api.fish.audio` is the Fish Audio cloud',
  ),
  'backend.api_key': secret('FISH_BACKEND_API_KEY', 'backend-api-key', 'Key that the origin asks for'),
  'backend.timeout': setting(
    duration(10, HOUR),
    '60s',
    'FISH_BACKEND_TIMEOUT',
    'backend-timeout',
    'Longest wait for the first audio of the origin',
  ),
  'backend.idle_timeout': setting(
    duration(10, HOUR),
    '30s',
    'FISH_BACKEND_IDLE_TIMEOUT',
    'backend-idle-timeout',
    'Longest gap between two pieces of audio',
  ),
  'backend.total_timeout': setting(
    duration(10, DAY),
    '10m',
    'FISH_BACKEND_TOTAL_TIMEOUT',
    'backend-total-timeout',
    'Longest time for one request to the origin',
  ),
  'backend.max_connections': setting(
    integer(1, 10_000),
    '100',
    'FISH_BACKEND_MAX_CONNECTIONS',
    'backend-max-connections',
    'Most connections to the origin at once, on Node; other runtimes pool them by their own rules',
  ),
  'backend.max_read_ahead': setting(
    bytes(0, 64 * GiB),
    '64MiB',
    'FISH_BACKEND_MAX_READ_AHEAD',
    'backend-max-read-ahead',
    'Audio that is held for all listeners slower than their origin, at most 4 MiB each; beyond it each of them keeps a slot of the origin',
  ),
  'fish.origins': hidden(
    setting(
      origins(64),
      '',
      'FISH_ORIGINS',
      'origins',
      'More origins, each with `url`, `key`, `slots`, `weight`, `model`, `drain`: a list in the file, JSON elsewhere',
    ),
  ),
  upstreams: hidden(
    setting(
      upstreams(64),
      '',
      'FISH_UPSTREAMS',
      'upstreams',
      'Servers that make speech, of any kind: each with `kind` (`fish`, `fish-cloud`, `openai`), `url`, `key`, `model`, `slots`, `weight`, `voices`, `drain`; see docs/upstreams.md',
    ),
  ),
  'fish.slots': setting(
    integer(1, 1000),
    '1',
    'FISH_SLOTS',
    'slots',
    'Requests that an origin of `backend.url` speaks at once; Fish-Speech speaks one',
  ),
  'fish.model': setting(text(64), 's1', 'FISH_MODEL', 'model', 'Model of the Fish Audio cloud'),
  'fish.fast_start': setting(
    boolean(),
    'true',
    'FISH_FAST_START',
    'fast-start',
    'Cut streamed texts into sentences, so that the first one is heard before the last one is made',
  ),
  'fish.strict_errors': setting(
    choice('gateway', 'upstream'),
    'gateway',
    'FISH_STRICT_ERRORS',
    'strict-errors',
    'Validation errors of the Fish routes: `gateway` (400 with `detail`) or `upstream` (422 as Fish-Speech sends it)',
  ),
  'fish.retries': setting(
    integer(0, 10),
    '2',
    'FISH_RETRIES',
    'retries',
    'How often a request that failed before its first audio is tried again, on another origin where there is one',
  ),
  'fish.breaker_failures': setting(
    integer(1, 1000),
    '3',
    'FISH_BREAKER_FAILURES',
    'breaker-failures',
    'Failures in a row after which an origin gets no requests for a while',
  ),
  'fish.breaker_pause': setting(
    duration(10, HOUR),
    '10s',
    'FISH_BREAKER_PAUSE',
    'breaker-pause',
    'How long that is; then one request tries it',
  ),
  'fish.fallback': setting(
    boolean(),
    'true',
    'FISH_FALLBACK',
    'fallback',
    'With the engine `auto`: speak with the embedded voice, where one is installed, while no origin can',
  ),
  'fish.fallback_voices': setting(
    pairs(100),
    '',
    'FISH_FALLBACK_VOICES',
    'fallback-voices',
    'Which embedded voice speaks for which name of another system (a voice of the origins, an id of the Fish Audio cloud), as `theirs=ours` separated by commas; `*` is all others',
  ),
};
