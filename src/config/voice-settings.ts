import { choice, integerOr, originUrl, secret, setting, text } from './values.ts';
import { boolean } from './values-list.ts';

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
    'With `wasm`: compute most of Piper voices with kernels of our own, twice as fast as ONNX Runtime (`auto`), or never (`off`)',
  ),
  'onnx.data_dir': setting(
    text(4096),
    '',
    'FISH_DATA_DIR',
    'data-dir',
    'Where voices are kept; empty takes the data folder of the user',
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
