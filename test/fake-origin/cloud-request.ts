import { OriginError } from './replies.ts';

/** What `POST /v1/tts` of the Fish Audio cloud takes (docs/fish-speech.md, the cloud), with its defaults. */
export interface CloudTtsRequest {
  text: string;
  reference_id: string | null;
  speed: number;
  volume: number;
  format: 'wav' | 'pcm' | 'mp3' | 'opus';
  sample_rate: number;
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly otherwise: number;
}

const RANGES: Record<string, Range> = {
  chunk_length: { min: 100, max: 300, otherwise: 300 },
  min_chunk_length: { min: 0, max: 100, otherwise: 50 },
  temperature: { min: 0, max: 1, otherwise: 0.7 },
  top_p: { min: 0, max: 1, otherwise: 0.7 },
  max_new_tokens: { min: 0, max: 65_536, otherwise: 1024 },
  repetition_penalty: { min: 0, max: 10, otherwise: 1.2 },
};
const PROSODY: Record<string, Range> = {
  speed: { min: 0.5, max: 2, otherwise: 1 },
  volume: { min: -20, max: 20, otherwise: 0 },
};
const CHOICES: Record<string, readonly unknown[]> = {
  format: ['wav', 'pcm', 'mp3', 'opus'],
  latency: ['low', 'normal', 'balanced'],
  sample_rate: [8000, 16_000, 24_000, 32_000, 44_100],
  normalize: [true, false],
};
const OTHERS = ['text', 'reference_id', 'references', 'prosody', 'model_id', 'mp3_bitrate', 'opus_bitrate'];

type Fields = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function number(fields: Fields, name: string, { min, max, otherwise }: Range): number {
  const value = fields[name] ?? otherwise; // null is unset
  if (typeof value !== 'number' || value < min || value > max)
    throw new OriginError(400, `${name} must be between ${min} and ${max}`);
  return value;
}

/** @throws OriginError 400; a field that the cloud does not have is one too, so that tests see what should not be sent */
export function parseCloudTts(body: unknown): CloudTtsRequest {
  if (!isMap(body) || typeof body.text !== 'string') throw new OriginError(400, 'text is required');
  for (const name of Object.keys(body)) {
    if (!(name in RANGES || name in CHOICES || OTHERS.includes(name)))
      throw new OriginError(400, `unknown field ${name}`);
  }
  for (const [name, range] of Object.entries(RANGES)) number(body, name, range);
  for (const [name, allowed] of Object.entries(CHOICES)) {
    const value = body[name];
    if (value != null && !allowed.includes(value)) throw new OriginError(400, `bad ${name}`);
  }
  const prosody = isMap(body.prosody) ? body.prosody : {};
  const [speed, volume] = Object.entries(PROSODY).map(([name, range]) => number(prosody, name, range));
  return {
    text: body.text,
    reference_id: typeof body.reference_id === 'string' ? body.reference_id : null,
    speed: speed ?? 1,
    volume: volume ?? 0,
    format: (body.format as CloudTtsRequest['format'] | null) ?? 'mp3',
    sample_rate: (body.sample_rate as number | null) ?? 44_100,
  };
}
