import { choice, duration, HOUR, integer, listen, SECOND, setting } from './values.ts';
import { boolean, networks, webOrigins } from './values-list.ts';

export const serverSettings = {
  engine: setting(
    choice('auto', 'fish', 'onnx'),
    'auto',
    'FISH_ENGINE',
    'engine',
    'Where speech comes from: `fish` (an origin), `onnx` (the embedded voice), or `auto`: an origin if one is configured, else the embedded voice',
  ),
  'server.listen': setting(
    listen(),
    '0.0.0.0:8080',
    'FISH_LISTEN',
    'listen',
    'Address and port; port 0 takes a free one',
  ),
  'server.processes': setting(
    integer(1, 64),
    '1',
    'FISH_PROCESSES',
    'processes',
    'Processes that serve at this port together, on Node, and on Bun on Linux: see docs/operate.md for what each has of its own',
  ),
  'server.read_timeout': setting(
    duration(10, HOUR),
    '30s',
    'FISH_READ_TIMEOUT',
    'read-timeout',
    'Longest wait for a whole request to arrive',
  ),
  'server.write_timeout': setting(
    duration(10, HOUR),
    '120s',
    'FISH_WRITE_TIMEOUT',
    'write-timeout',
    'Longest time a client may take no audio before it counts as gone; speech itself may last longer',
  ),
  'server.shutdown_timeout': setting(
    duration(0, HOUR),
    '30s',
    'FISH_SHUTDOWN_TIMEOUT',
    'shutdown-timeout',
    'How long running speech may finish after SIGTERM',
  ),
  'server.trusted_proxies': setting(
    networks(64),
    '',
    'FISH_TRUSTED_PROXIES',
    'trusted-proxies',
    'Addresses or networks (CIDR) of proxies whose `X-Forwarded-For` is believed, separated by commas',
  ),
  'server.cors_origins': setting(
    webOrigins(64),
    '',
    'FISH_CORS_ORIGINS',
    'cors-origins',
    'Web pages that may use the server, as origins separated by commas, for example `https://app.example`; empty lets every page',
  ),
  'server.ui': setting(
    boolean(),
    'true',
    'FISH_UI',
    'ui',
    'Answer browsers that open `/` with the web page; `--no-ui` is short for `--ui off`',
  ),
  'logging.level': setting(
    choice('debug', 'info', 'warn', 'error'),
    'info',
    'FISH_LOG_LEVEL',
    'log-level',
    'Least severity that is logged',
  ),
  'logging.format': setting(
    choice('json', 'text'),
    'json',
    'FISH_LOG_FORMAT',
    'log-format',
    'One JSON object a line, or text for people',
  ),
};

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
