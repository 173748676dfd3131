import type { Config } from './config.ts';
import { type Setting, secret, setting } from './setting.ts';
import { bytes, choice, duration, integer, listen, originUrl, text } from './values.ts';

const second = 1000;
const hour = 3600 * second;
const KiB = 1024;
const MiB = KiB * KiB;
const GiB = KiB * MiB;

/** The one table of settings: parsing, `--help` and the README's table all come from it. */
export const settings: { readonly [K in keyof Config]: Setting<Config[K]> } = {
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
  'server.read_timeout': setting(
    duration(10, hour),
    '30s',
    'FISH_READ_TIMEOUT',
    'read-timeout',
    'Longest wait for a whole request to arrive',
  ),
  'server.write_timeout': setting(
    duration(10, hour),
    '120s',
    'FISH_WRITE_TIMEOUT',
    'write-timeout',
    'Longest time a client may take no audio before it counts as gone; speech itself may last longer',
  ),
  'server.shutdown_timeout': setting(
    duration(0, hour),
    '30s',
    'FISH_SHUTDOWN_TIMEOUT',
    'shutdown-timeout',
    'How long running speech may finish after SIGTERM',
  ),
  'backend.url': setting(
    originUrl(),
    '',
    'FISH_BACKEND',
    'backend',
    'Address of a Fish-Speech server, for example `http://127.0.0.1:8081`',
  ),
  'backend.api_key': secret('FISH_BACKEND_API_KEY', 'backend-api-key', 'Key that the origin asks for'),
  'backend.timeout': setting(
    duration(10, hour),
    '60s',
    'FISH_BACKEND_TIMEOUT',
    'backend-timeout',
    'Longest wait for the first audio of the origin',
  ),
  'backend.idle_timeout': setting(
    duration(10, hour),
    '30s',
    'FISH_BACKEND_IDLE_TIMEOUT',
    'backend-idle-timeout',
    'Longest gap between two pieces of audio',
  ),
  'backend.total_timeout': setting(
    duration(10, 24 * hour),
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
  'onnx.voice': setting(
    text(128),
    '',
    'FISH_VOICE',
    'voice',
    'Default embedded voice or voice pack; empty takes the best one for its speed',
  ),
  'onnx.workers': setting(
    integer(1, 64),
    '1',
    'FISH_ONNX_WORKERS',
    'onnx-workers',
    'Inference workers; each holds its own copy of a voice',
  ),
  'onnx.threads': setting(
    integer(1, 64),
    '1',
    'FISH_ONNX_THREADS',
    'onnx-threads',
    'Threads of each inference worker',
  ),
  'onnx.data_dir': setting(
    text(4096),
    '',
    'FISH_DATA_DIR',
    'data-dir',
    'Where voices are kept; empty takes the data folder of the user',
  ),
  'queue.workers': setting(
    integer(1, 10_000),
    '4',
    'FISH_WORKERS',
    'workers',
    'Requests that may wait for their first audio at the engine at once',
  ),
  'queue.max_pending': setting(
    integer(0, 100_000),
    '100',
    'FISH_MAX_PENDING',
    'max-pending',
    'Requests that may queue behind them; the next one gets 503',
  ),
  'queue.timeout': setting(
    duration(10, hour),
    '2m',
    'FISH_QUEUE_TIMEOUT',
    'queue-timeout',
    'Longest wait of a request for its first audio, the queue included',
  ),
  'limits.max_text_length': setting(
    integer(0, 10_000_000),
    '0',
    'FISH_MAX_TEXT_LENGTH',
    'max-text-length',
    'Most characters in `text` of `/v1/tts`; 0 leaves it to `limits.max_body`',
  ),
  'limits.max_input_length': setting(
    integer(1, 10_000_000),
    '4096',
    'FISH_MAX_INPUT_LENGTH',
    'max-input-length',
    'Most characters in `input` of `/v1/audio/speech`',
  ),
  'limits.chunk_length_max': setting(
    integer(100, 10_000),
    '300',
    'FISH_CHUNK_LENGTH_MAX',
    'chunk-length-max',
    'Largest `chunk_length` of `/v1/tts`',
  ),
  'limits.max_body': setting(bytes(KiB, GiB), '32MiB', 'FISH_MAX_BODY', 'max-body', 'Largest request body'),
  'limits.max_references': setting(
    integer(0, 100),
    '10',
    'FISH_MAX_REFERENCES',
    'max-references',
    'Most inline voice references in a request',
  ),
  'limits.max_reference_bytes': setting(
    bytes(KiB, GiB),
    '10MiB',
    'FISH_MAX_REFERENCE_BYTES',
    'max-reference-bytes',
    'Largest audio of one inline reference',
  ),
  'limits.max_whole_audio': setting(
    bytes(64 * KiB, GiB),
    '64MiB',
    'FISH_MAX_WHOLE_AUDIO',
    'max-whole-audio',
    'Largest audio that is answered in one piece (`streaming: false`)',
  ),
  'auth.api_key': secret(
    'FISH_API_KEY',
    'api-key',
    'Key that clients must send as `Authorization: Bearer`; empty lets everyone in',
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
