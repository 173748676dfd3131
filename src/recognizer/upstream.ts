import { SpeechFailure } from '../core/errors.ts';
import type { Ports } from '../core/ports.ts';
import { type BoundWork, boundWork } from '../stream/deadline.ts';
import { pullStream } from '../stream/pull.ts';
import type { OutgoingForm, TranscriptionTask, UpstreamRecognizer } from './recognizer.ts';

export interface UpstreamOptions {
  /** Base address without a trailing slash, with or without `/v1`. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
  /** Longest gap between two pieces of its answer, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Longest time for all of it: a server is silent while it transcribes. */
  readonly totalTimeoutMs: number;
}

const refusedForm = 'The transcription server refuses this file or one of the fields.';
const tooLarge = 'The file is too large for the transcription server.';
const MAX_RETRY_SECONDS = 60;

/** Hands forms on to a server with OpenAI's API. No text of its refusals reaches a client. */
export function createUpstreamRecognizer(
  options: UpstreamOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): UpstreamRecognizer {
  return {
    kind: 'upstream',
    id: 'upstream',
    model: options.model,
    available: async () => true,
    close: async () => {},
    async send(task, form, signal) {
      const work = boundWork(ports.clock, signal);
      const late = (): SpeechFailure => new SpeechFailure({ code: 'timeout', stage: 'total' });
      work.limit(options.totalTimeoutMs, late);
      try {
        const response = await work.race(
          ports.fetch(addressOf(options.url, task), requestOf(options, form, work)),
        );
        if (!response.ok) {
          response.body?.cancel().catch(() => {});
          throw refusalOf(response);
        }
        const body = response.body ?? new Blob([]).stream();
        const isEvents = (response.headers.get('content-type') ?? '').startsWith('text/event-stream');
        return { isEvents, body: boundBody(body, work, () => work.limit(options.idleTimeoutMs, late)) };
      } catch (error) {
        const failure = work.failure ?? asFailure(error);
        work.stop(failure); // closes the socket, and with it the form's body
        throw failure;
      }
    },
  };
}

function addressOf(url: string, task: TranscriptionTask): string {
  return `${url.endsWith('/v1') ? url : `${url}/v1`}/audio/${task}`;
}

function requestOf({ key }: UpstreamOptions, form: OutgoingForm, work: BoundWork): RequestInit {
  const authorization: Record<string, string> = key === '' ? {} : { authorization: `Bearer ${key}` };
  const request: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { ...authorization, 'content-type': form.contentType },
    body: form.body,
    duplex: 'half', // the Fetch standard asks for it where a body is a stream
    redirect: 'manual',
    signal: work.signal,
  };
  return request;
}

/** A status that is no success. What is wrong with our key or address is none of the client's business. */
function refusalOf({ status, headers }: Response): SpeechFailure {
  const cause = new Error(`The transcription server answered ${status}.`);
  switch (status) {
    case 400:
    case 415:
    case 422:
      return new SpeechFailure({ code: 'invalid_value', message: refusedForm }, cause);
    case 413:
      return new SpeechFailure({ code: 'request_too_large', message: tooLarge }, cause);
    case 429:
    case 503: {
      const seconds = Number(headers.get('retry-after') ?? 1);
      const retryAfterSeconds = Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil(seconds) || 1));
      return new SpeechFailure({ code: 'overloaded', retryAfterSeconds }, cause);
    }
    case 408:
    case 504:
      return new SpeechFailure({ code: 'timeout', stage: 'total' }, cause);
    default:
      return new SpeechFailure({ code: 'origin_unavailable' }, cause);
  }
}

function asFailure(error: unknown): Error {
  return error instanceof SpeechFailure ? error : new SpeechFailure({ code: 'origin_unavailable' }, error);
}

/** The answer's body; its deadlines end with it. `arm` starts the one of a gap, and gives what calls it off. */
function boundBody(
  body: ReadableStream<Uint8Array>,
  work: BoundWork,
  arm: () => () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return pullStream(
    async function* () {
      for (;;) {
        const callOff = arm();
        const { done, value } = await work.race(reader.read());
        callOff();
        if (done) return;
        yield value;
      }
    },
    async () => {
      work.end();
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    },
  );
}
