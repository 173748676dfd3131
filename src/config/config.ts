import type { Listen } from './values.ts';

/** All settings, parsed, under their YAML names. Durations are milliseconds, sizes bytes. */
export interface Config {
  readonly engine: 'auto' | 'fish' | 'onnx';
  readonly 'server.listen': Listen;
  readonly 'server.read_timeout': number;
  readonly 'server.write_timeout': number;
  readonly 'server.shutdown_timeout': number;
  readonly 'backend.url': string;
  readonly 'backend.api_key': string;
  readonly 'backend.timeout': number;
  readonly 'backend.idle_timeout': number;
  readonly 'backend.total_timeout': number;
  readonly 'backend.max_connections': number;
  readonly 'onnx.voice': string;
  readonly 'onnx.workers': number;
  readonly 'onnx.threads': number;
  readonly 'onnx.data_dir': string;
  readonly 'queue.workers': number;
  readonly 'queue.max_pending': number;
  readonly 'queue.timeout': number;
  readonly 'limits.max_text_length': number;
  readonly 'limits.max_input_length': number;
  readonly 'limits.chunk_length_max': number;
  readonly 'limits.max_body': number;
  readonly 'limits.max_references': number;
  readonly 'limits.max_reference_bytes': number;
  readonly 'limits.max_whole_audio': number;
  readonly 'auth.api_key': string;
  readonly 'logging.level': 'debug' | 'info' | 'warn' | 'error';
  readonly 'logging.format': 'json' | 'text';
}
