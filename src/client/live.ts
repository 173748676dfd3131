import { FishEdgeError } from './errors.ts';
import type { LiveFormat, LiveRequest, LiveSocket, WebSocketConstructor } from './types.ts';

const outputs: Readonly<Record<LiveFormat, string>> = {
  mp3: 'mp3_44100_128',
  pcm: 'pcm_24000',
  opus: 'opus_48000_64',
  ulaw: 'ulaw_8000',
  alaw: 'alaw_8000',
};
const DEFAULT_VOICE = 'default';
const NORMAL_CLOSURE = 1000;
const ABNORMAL_CLOSURE = 1006;
/** A socket cannot be told to wait: a reader that is so far behind gets an error instead. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;
const MAX_UNSENT_CHARACTERS = 1_000_000;

/** Speech of text that is still being written: a sentence is heard while the next one is written. */
export class LiveSpeech {
  /** Ends once everything was spoken. Cancelling it ends the session. */
  readonly audio: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #socket: LiveSocket;
  readonly #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#fail(this.#signal?.reason);
  #unsent: string[] | undefined = [];
  #unsentLength = 0;
  #isWhole = false;
  #isOver = false;

  constructor(
    baseUrl: string,
    apiKey: string | undefined,
    { voice = DEFAULT_VOICE, format = 'mp3', speed, phrases = false, signal }: LiveRequest,
    WebSocket: WebSocketConstructor,
  ) {
    signal?.throwIfAborted();
    this.#signal = signal;
    let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
    this.audio = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (given) => {
          controller = given;
        },
        cancel: () => this.close(),
      },
      { highWaterMark: MAX_UNREAD_BYTES, size: (chunk) => chunk?.byteLength ?? 0 },
    );
    if (!controller) throw new Error('A stream calls start at once.');
    this.#controller = controller;
    const path = `/v1/text-to-speech/${encodeURIComponent(voice)}/stream-input`;
    const query = new URLSearchParams({ output_format: outputs[format], auto_mode: String(phrases) });
    this.#socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}${path}?${query}`);
    this.#socket.addEventListener('open', () => this.#opened());
    this.#socket.addEventListener('message', ({ data }) => this.#take(data));
    this.#socket.addEventListener('close', ({ code, reason }) => this.#closed(code, reason));
    this.#socket.addEventListener('error', () => {}); // a close follows, which says more
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#send({
      text: ' ',
      ...(speed !== undefined && { voice_settings: { speed } }),
      ...(apiKey && { xi_api_key: apiKey }),
    });
  }

  /** Words, or parts of them, as they come. */
  write(text: string): void {
    if (text !== '') this.#send({ text });
  }

  /** What was written is spoken to its end; the session goes on. */
  flush(): void {
    this.#send({ text: ' ', flush: true });
  }

  /** Nothing more is written: `audio` ends when everything was spoken. */
  end(): void {
    this.#send({ text: '' });
  }

  /** Ends the session at once, and the work on the server. */
  close(): void {
    if (this.#isOver) return;
    this.#over();
    try {
      this.#controller.close();
    } catch {
      // its reader has cancelled it
    }
    this.#socket.close(NORMAL_CLOSURE);
  }

  #send(message: object): void {
    if (this.#isOver) throw new Error('The live session is over.');
    const text = JSON.stringify(message);
    if (!this.#unsent) {
      this.#socket.send(text);
      return;
    }
    this.#unsentLength += text.length;
    if (this.#unsentLength > MAX_UNSENT_CHARACTERS)
      throw new Error('Too much was written before the socket was open.');
    this.#unsent.push(text);
  }

  #opened(): void {
    const unsent = this.#unsent ?? [];
    this.#unsent = undefined;
    if (!this.#isOver) for (const text of unsent) this.#socket.send(text);
  }

  #take(data: unknown): void {
    if (this.#isOver) return;
    const message = readMessage(data);
    if (message.isFinal === true) this.#isWhole = true;
    if (typeof message.audio !== 'string' || message.audio === '') return;
    const audio = fromBase64(message.audio);
    if ((this.#controller.desiredSize ?? 0) >= audio.byteLength) this.#controller.enqueue(audio);
    else this.#fail(new Error('The audio of the live session was not read in time.'));
  }

  #closed(code: number = ABNORMAL_CLOSURE, reason = ''): void {
    if (this.#isOver) return;
    if (code === NORMAL_CLOSURE && this.#isWhole) {
      this.#over();
      this.#controller.close();
    } else {
      const why = reason || `The live session broke off (${code}).`;
      this.#fail(new FishEdgeError(why, { status: code }));
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#over();
    this.#controller.error(error);
    this.#socket.close(NORMAL_CLOSURE);
  }

  #over(): void {
    this.#isOver = true;
    this.#unsent = undefined;
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

function readMessage(data: unknown): { readonly audio?: unknown; readonly isFinal?: unknown } {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === 'object' && message !== null ? message : {};
  } catch {
    return {};
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
