import { FishEdgeError } from './errors.ts';
import { LiveSpeech } from './live.ts';
import { type Call, Requests } from './requests.ts';
import { Speech } from './speech.ts';
import type {
  CallOptions,
  Captions,
  ClientOptions,
  Health,
  LiveRequest,
  NewVoice,
  SpeechRequest,
  Transcription,
  TranscriptionOptions,
  Voice,
  VoiceChange,
  WebSocketConstructor,
} from './types.ts';

export type * from './types.ts';
export { FishEdgeError, type LiveSpeech, type Speech };

/**
 * A client of fish-edge, for browsers, Node, Bun, Deno and Workers.
 *
 * @example
 * const fish = new FishEdge({ baseUrl: 'http://localhost:8080' });
 * const speech = await fish.speech({ text: 'Good morning!' });
 * for await (const chunk of speech.body) play(chunk);
 */
export class FishEdge {
  readonly voices: Voices;
  readonly #requests: Requests;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.#requests = new Requests(options);
    this.voices = new Voices(this.#requests);
  }

  /** Resolves with the first audio; the rest comes while it is made. */
  async speech(request: SpeechRequest, options: CallOptions = {}): Promise<Speech> {
    const { text, format, sampleRate, ...rest } = request;
    const body = { input: text, response_format: format, sample_rate: sampleRate, ...rest };
    return new Speech(await this.#requests.send('/v1/audio/speech', { method: 'POST', body, ...options }));
  }

  /** When each word of a speech is heard, by `speech.id`, once all of it was taken. */
  captions(id: string, options: CallOptions = {}): Promise<Captions> {
    return this.#requests.json(captionPath(id, 'json'), options);
  }

  /** The same as a file of subtitles. */
  async subtitles(id: string, format: 'srt' | 'vtt', options: CallOptions = {}): Promise<string> {
    return (await this.#requests.send(captionPath(id, format), options)).text();
  }

  async transcribe(
    audio: Blob | Uint8Array<ArrayBuffer>,
    { model = 'whisper-1', language, segments = false, signal }: TranscriptionOptions = {},
  ): Promise<Transcription> {
    const form = new FormData();
    form.append('file', blobOf(audio), nameOf(audio, 'audio'));
    form.append('model', model);
    form.append('response_format', segments ? 'verbose_json' : 'json');
    if (language !== undefined) form.append('language', language);
    return this.#requests.json('/v1/audio/transcriptions', { method: 'POST', form, signal });
  }

  /** A session for text that is still being written. */
  live(request: LiveRequest = {}): LiveSpeech {
    const { WebSocket = (globalThis as { WebSocket?: unknown }).WebSocket as WebSocketConstructor, apiKey } =
      this.#options;
    if (!WebSocket) throw new Error('This runtime has no WebSocket: pass one as the option WebSocket.');
    return new LiveSpeech(this.#requests.baseUrl, apiKey, request, WebSocket);
  }

  /** `detailed` says how the engine and its upstreams are. */
  health({ detailed, signal }: CallOptions & { readonly detailed?: boolean } = {}): Promise<Health> {
    return this.#requests.json('/v1/health', { query: { detailed: detailed ? 'true' : undefined }, signal });
  }

  /** For routes that have no method here: retries and errors are the same. */
  request(path: string, call?: Call): Promise<Response> {
    return this.#requests.send(path, call);
  }
}

class Voices {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  async list(options: CallOptions = {}): Promise<readonly Voice[]> {
    const { voices } = await this.#requests.json<{ voices: readonly Voice[] }>('/v1/voices', options);
    return voices;
  }

  /** A voice of a recording: needs a Fish-Speech server behind this one. */
  add(voice: NewVoice, { signal }: CallOptions = {}): Promise<Voice> {
    const form = new FormData();
    form.append('name', voice.name);
    form.append('transcript', voice.transcript);
    form.append('consent', voice.consent);
    if (voice.description !== undefined) form.append('description', voice.description);
    if (voice.shared !== undefined) form.append('shared', String(voice.shared));
    form.append('reference', blobOf(voice.recording), nameOf(voice.recording, 'recording'));
    return this.#requests.json('/v1/voices', { method: 'POST', form, signal });
  }

  change(id: string, change: VoiceChange, { signal }: CallOptions = {}): Promise<Voice> {
    return this.#requests.json(voicePath(id), { method: 'PATCH', body: change, signal });
  }

  rename(id: string, name: string, options: CallOptions = {}): Promise<Voice> {
    return this.change(id, { name }, options);
  }

  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#requests.json(voicePath(id), { method: 'DELETE', signal });
  }
}

function voicePath(id: string): string {
  return `/v1/voices/${encodeURIComponent(id)}`;
}

function captionPath(id: string, extension: string): string {
  return `/v1/audio/speech/${encodeURIComponent(id)}.${extension}`;
}

function blobOf(audio: Blob | Uint8Array<ArrayBuffer>): Blob {
  return audio instanceof Blob ? audio : new Blob([audio]);
}

function nameOf(audio: Blob | Uint8Array<ArrayBuffer>, otherwise: string): string {
  return 'name' in audio && typeof audio.name === 'string' ? audio.name : otherwise;
}
