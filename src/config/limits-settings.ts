import { bytes, duration, GiB, HOUR, hidden, integer, KiB, secret, setting, text } from './values.ts';
import { boolean, rate } from './values-list.ts';

export const limitsSettings = {
  'queue.workers': setting(
    integer(1, 10_000),
    '4',
    'FISH_WORKERS',
    'workers',
    'Requests that the embedded voice may bring to their first audio at once, while it keeps up with one more stream; the others wait',
  ),
  'queue.max_pending': setting(
    integer(0, 100_000),
    '100',
    'FISH_MAX_PENDING',
    'max-pending',
    'Requests that may wait in the queue; the next one gets 503',
  ),
  'queue.timeout': setting(
    duration(10, HOUR),
    '2m',
    'FISH_QUEUE_TIMEOUT',
    'queue-timeout',
    'Longest wait of a request for its first audio, the queue included; the embedded voice refuses whoever seems to wait for more than half of it',
  ),
  'limits.max_text_length': setting(
    integer(0, 1_000_000_000),
    '32000000', // whatever the largest body can hold: a text is cut as it is spoken, so its length costs nothing
    'FISH_MAX_TEXT_LENGTH',
    'max-text-length',
    'Most characters in `text` of `/v1/tts`: a book, as it is cut while it is spoken; 0 leaves it to `limits.max_body`. An answer in one piece is bounded by `limits.max_whole_audio` long before',
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
  'limits.max_receiving': setting(
    bytes(64 * KiB, 64 * GiB),
    '256MiB',
    'FISH_MAX_RECEIVING',
    'max-receiving',
    'Most bytes of request bodies and WebSocket messages on their way at once; a client has a quarter of it. At least twice `limits.max_body`',
  ),
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
  'limits.max_streams': setting(
    integer(1, 100_000),
    '2000',
    'FISH_MAX_STREAMS',
    'max-streams',
    'Answers with speech that may be made and sent at once; the next one gets 503',
  ),
  'limits.max_pronunciations': setting(
    integer(0, 10_000),
    '1000',
    'FISH_MAX_PRONUNCIATIONS',
    'max-pronunciations',
    'Words that may be taught, by all keys together',
  ),
  'limits.client_share': setting(
    integer(1, 100),
    '50',
    'FISH_CLIENT_SHARE',
    'client-share',
    'Percent of these, of WebSockets and of pronunciations that one key or address may hold while no other holds any, and less with each that does; beyond it it gets 429. 100 is no bound of its own',
  ),
  'limits.rate': setting(
    rate(),
    'auto',
    'FISH_RATE_LIMIT',
    'rate-limit',
    'Requests a minute for each key or address; 0 is off; `auto` is 100, but none for clients on this machine',
  ),
  'limits.rate_characters': setting(
    integer(0, 1_000_000_000),
    '0',
    'FISH_RATE_LIMIT_CHARACTERS',
    'rate-limit-characters',
    'Characters of text a minute for each key or address; 0 is off',
  ),
  'auth.api_key': secret(
    'FISH_API_KEY',
    'api-key',
    'Key that clients must send as `Authorization: Bearer`; empty lets everyone in',
  ),
  'auth.keys_file': setting(
    text(4096),
    '',
    'FISH_KEYS_FILE',
    'keys-file',
    'File of named keys with their own limits, written by `fish-ctl keys`; empty takes `keys.json` of the data folder',
  ),
  'auth.keys': hidden(
    setting(
      text(128 * KiB), // what Linux lets a variable hold; Cloudflare's secrets hold 5 kB, about 30 keys
      '',
      'FISH_KEYS',
      'keys',
      'Named keys as JSON, for runtimes without files (the content of the keys file)',
    ),
  ),
  'auth.open_voices': setting(
    boolean(),
    'true',
    'FISH_OPEN_VOICES',
    'open-voices',
    'Answer `/v1/audio/voices` and `/v1/audio/models` without a key too, as Open WebUI asks for them',
  ),
};
