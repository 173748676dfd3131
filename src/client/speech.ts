/** Speech that is being made. It ends in an error where the server broke it off: what came is then not all. */
export class Speech {
  /** Audio, as it comes. Cancelling it stops the work on the server. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly contentType: string;
  /** Hz. */
  readonly sampleRate: number | undefined;
  /** What spoke. */
  readonly engine: string | undefined;
  /** Asks for captions. */
  readonly id: string | undefined;
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;
  readonly #response: Response;

  constructor(response: Response) {
    const { headers, body } = response;
    if (!body) throw new TypeError('The answer has no body.');
    this.#response = response;
    this.body = body;
    this.contentType = headers.get('content-type') ?? 'application/octet-stream';
    this.sampleRate = Number(headers.get('x-audio-sample-rate')) || undefined;
    this.engine = headers.get('x-engine') ?? undefined;
    this.id = headers.get('x-speech-id') ?? undefined;
    this.requestId = headers.get('x-request-id') ?? undefined;
  }

  /** All of it, in place of `body`. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.#response.arrayBuffer());
  }

  /** The same for an `<audio>` element, through `URL.createObjectURL`. */
  blob(): Promise<Blob> {
    return this.#response.blob();
  }
}
