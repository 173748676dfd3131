import { bytes, choice, DAY, duration, integerOr, originUrl, secret, setting, TiB, text } from './values.ts';
import { boolean, languageVoices } from './values-list.ts';

/** Of github.com/rhasspy/piper: 35 languages, each voice under a licence of its own. */
export const piperCatalogueUrl = 'https://huggingface.co/rhasspy/piper-voices/resolve/main';

export const voiceSettings = {
  'onnx.voice': setting(
    text(128),
    '',
    'FISH_VOICE',
    'voice',
    'Default embedded voice or voice pack; empty takes the best one for its speed (see `onnx.tune`)',
  ),
  'onnx.workers': setting(
    integerOr('auto', 1, 64),
    'auto',
    'FISH_ONNX_WORKERS',
    'onnx-workers',
    'Inference workers; each holds its own copy of a voice. `auto` is one for each core that the process may use, 8 at most, and no more than fit into half of the free memory',
  ),
  'onnx.threads': setting(
    integerOr('auto', 1, 64),
    'auto',
    'FISH_ONNX_THREADS',
    'onnx-threads',
    'Threads of each inference worker. `auto` is 1, or what the voice that was chosen by `onnx.tune` was measured with',
  ),
  'onnx.tune': setting(
    boolean(),
    'true',
    'FISH_TUNE',
    'tune',
    'Where several voices are installed and `onnx.voice` is empty: speak with the clearest one that keeps up with two listeners on this machine, as `fish-ctl models tune` measured it, or the server itself at a start, while nobody asks for speech',
  ),
  'onnx.runtime': setting(
    choice('auto', 'wasm', 'native'),
    'auto',
    'FISH_ONNX_RUNTIME',
    'onnx-runtime',
    'What runs the embedded voice: `wasm` (everywhere), `native` (an optional package, two to three times as fast: see Voices), or `auto`: native where that is installed',
  ),
  'onnx.kernels': setting(
    choice('auto', 'off'),
    'auto',
    'FISH_ONNX_KERNELS',
    'onnx-kernels',
    'With `wasm`: compute Piper voices without ONNX Runtime, by kernels of our own and on one thread, twice as fast (`auto`), or never (`off`)',
  ),
  'voices.by_language': setting(
    languageVoices(64),
    '',
    'FISH_VOICES_BY_LANGUAGE',
    'voices-by-language',
    'Which embedded voice speaks a text in a language that the asked one does not speak, as `de=my-german-voice,vi=vi_VN-vais1000-medium`; without one such a text is refused',
  ),
  'voices.check_language': setting(
    boolean(),
    'true',
    'FISH_VOICES_CHECK_LANGUAGE',
    'voices-check-language',
    'Look whether the text is in the language of its embedded voice. `false` looks at its letters alone: German in an English voice is then read as English',
  ),
  'onnx.data_dir': setting(
    text(4096),
    '',
    'FISH_DATA_DIR',
    'data-dir',
    'Where voices are kept; empty takes the data folder of the user',
  ),
  'models.catalogue_url': setting(
    originUrl(),
    piperCatalogueUrl,
    'FISH_CATALOGUE_URL',
    'catalogue-url',
    'Where `fish-ctl models catalogue` and `models add NAME` find Piper voices: a folder with a `voices.json` as that of rhasspy/piper-voices',
  ),
  'onnx.idle_unload': setting(
    duration(0, DAY),
    '0s',
    'FISH_IDLE_UNLOAD',
    'idle-unload',
    'Let go of the memory of an inference worker that nobody has needed for so long; the next request loads the voice again, a second or more. `0s` never',
  ),
  'onnx.max_memory': setting(
    bytes(0, TiB),
    '0',
    'FISH_ONNX_MAX_MEMORY',
    'onnx-max-memory',
    'Memory that the inference workers may hold, by estimate (125 MB with a Piper voice, 240 MB with one that ONNX Runtime computes, 460 MB with Kokoro): beyond it the voice that was not used for longest is unloaded, or a request answers 503. `0` is no bound',
  ),
  'onnx.prewarm': setting(
    boolean(),
    'true',
    'FISH_PREWARM',
    'prewarm',
    'Load the voice at the start, not with the first request',
  ),
  'transcription.engine': setting(
    choice('auto', 'off', 'moonshine', 'upstream'),
    'auto',
    'FISH_TRANSCRIPTION',
    'transcription',
    'What turns speech into text: `moonshine` (embedded), `upstream`, `off`, or `auto`: an upstream if one is set, else Moonshine if it is installed',
  ),
  'transcription.url': setting(
    originUrl(),
    '',
    'FISH_TRANSCRIPTION_URL',
    'transcription-url',
    'Base address of an OpenAI-compatible server with `/v1/audio/transcriptions`',
  ),
  'transcription.api_key': secret(
    'FISH_TRANSCRIPTION_API_KEY',
    'transcription-api-key',
    'Key of that server',
  ),
  'transcription.model': setting(
    text(128),
    'whisper-1',
    'FISH_TRANSCRIPTION_MODEL',
    'transcription-model',
    'Model to ask that server for',
  ),
  'transcription.ffmpeg': setting(
    choice('auto', 'off'),
    'auto',
    'FISH_TRANSCRIPTION_FFMPEG',
    'transcription-ffmpeg',
    'Decode AAC and Vorbis, also of voice samples, by `ffmpeg` where one is installed (`auto`), or never (`off`)',
  ),
};
