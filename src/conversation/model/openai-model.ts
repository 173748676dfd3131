import type OpenAI from 'openai';
import type { LanguageModel, ModelEvent, ModelRequest } from '../../core/conversation.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Clock, Ports } from '../../core/ports.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { type BoundWork, boundWork, withTimeout } from '../../stream/deadline.ts';
import { boundAnswer } from './bound-answer.ts';
import { chatRequest, type ModelDefaults } from './chat-request.ts';
import { ChunkReader } from './read-chunk.ts';

/** Times are milliseconds. */
export interface ModelOptions extends Omit<ModelDefaults, 'maxTokensField'> {
  /** With `/v1` or what else stands before `/chat/completions`. */
  readonly url: string;
  /** Empty: the server asks for none. */
  readonly key: string;
  readonly isSetUp: boolean;
  readonly firstTokenTimeoutMs: number;
  /** Longest gap between two pieces of the answer. */
  readonly nextTokenTimeoutMs: number;
  readonly totalTimeoutMs: number;
  /** How often an answer that failed before its first token is asked for again. */
  readonly retries: number;
}

export interface OpenaiModel extends LanguageModel {
  /** Loads the client, which takes longer than its first answer. */
  warm(): Promise<void>;
}

const notSetUp = 'No language model is set up.';
const unavailable = 'The language model is not available.';
const refused = 'The language model refuses this request.';
/** A number of tokens that comes later than this after the last one is not waited for. */
const USAGE_WAIT_MS = 500;
const MAX_RETRY_SECONDS = 60;

/** A chat model behind OpenAI's chat completions, by the official client. */
export function createOpenaiModel(options: ModelOptions, ports: Pick<Ports, 'fetch' | 'clock'>): OpenaiModel {
  const { clock } = ports;
  let client: Promise<OpenAI> | undefined;
  const load = (): Promise<OpenAI> => {
    client ??= makeClient(options, ports);
    return client;
  };
  const isOpenai = URL.canParse(options.url) && new URL(options.url).hostname.endsWith('openai.com');
  const maxTokensField = isOpenai ? 'max_completion_tokens' : 'max_tokens';

  /** The first events of an answer, and what gives the rest. */
  const open = async (body: Body, work: BoundWork): Promise<Opened> => {
    const { chat } = await work.race(load());
    const stream = await work.race(chat.completions.create(body, { signal: work.signal }));
    const chunks = stream[Symbol.asyncIterator]();
    const reader = new ChunkReader();
    for (;;) {
      const { done, value } = await work.race(chunks.next());
      const events = done ? [] : reader.read(value);
      if (done || reader.isOver || events.length > 0) return { events, reader, chunks };
    }
  };

  return {
    isSetUp: options.isSetUp,
    async warm() {
      if (options.isSetUp) await load();
    },
    async *answer(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
      if (!options.isSetUp) throw new SpeechFailure({ code: 'not_supported', message: notSetUp });
      const work = boundWork(clock, signal);
      work.limit(options.totalTimeoutMs, () => late('total'));
      const callOffFirst = work.limit(options.firstTokenTimeoutMs, () => late('first-token'));
      try {
        const body = chatRequest(request, { ...options, maxTokensField });
        const opened = await withRetries(options.retries, work, () => open(body, work));
        callOffFirst();
        yield* opened.events;
        yield* rest(opened, work, options.nextTokenTimeoutMs, clock);
        work.end(); // the connection may serve the next answer
      } catch (error) {
        throw work.failure ?? asFailure(error);
      } finally {
        work.stop(new ClientGone('Nobody reads on.')); // closes the connection
      }
    },
  };
}

type Body = ReturnType<typeof chatRequest>;

interface Opened {
  readonly events: readonly ModelEvent[];
  readonly reader: ChunkReader;
  readonly chunks: AsyncIterator<unknown>;
}

async function* rest(
  { reader, chunks }: Opened,
  work: BoundWork,
  gapMs: number,
  clock: Clock,
): AsyncGenerator<ModelEvent, void, void> {
  const gaps = work.watchGaps(gapMs, () => late('idle'));
  while (!reader.isOver) {
    gaps.begin();
    const { done, value } = await work.race(chunks.next());
    gaps.end();
    if (done) break;
    yield* reader.read(value);
  }
  const over = { done: true, value: undefined } as const;
  for (let done = !reader.isOver; !done; ) {
    const next = chunks.next().catch(() => over); // all was said
    const step = await work.race(withTimeout(next, USAGE_WAIT_MS, clock, () => over));
    done = step.done === true;
    if (!done) reader.read(step.value);
  }
  yield reader.end();
}

async function withRetries<T>(retries: number, work: BoundWork, attempt: () => Promise<T>): Promise<T> {
  for (let left = retries; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 0 || work.failure || !isAccident(error)) throw error;
    }
  }
}

/** A connection that broke, or a server that says that it is its own fault. */
function isAccident(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status >= 500;
}

function late(stage: 'first-token' | 'idle' | 'total'): SpeechFailure {
  return new SpeechFailure({ code: 'timeout', stage });
}

/** What is wrong with our key or address is none of the client's business. */
function asFailure(error: unknown): Error {
  if (error instanceof SpeechFailure) return error;
  switch (statusOf(error)) {
    case 400:
    case 413:
    case 422:
      return new SpeechFailure({ code: 'invalid_value', message: refused }, error);
    case 429: {
      const seconds = Math.ceil(Number((error as Answered).headers?.get('retry-after') ?? 1)) || 1;
      const retryAfterSeconds = Math.min(MAX_RETRY_SECONDS, Math.max(1, seconds));
      return new SpeechFailure(
        { code: 'overloaded', retryAfterSeconds, message: 'The language model is busy.' },
        error,
      );
    }
    default:
      return new SpeechFailure({ code: 'engine_unavailable', message: unavailable }, error);
  }
}

/** The client's error for a status, by its shape: its classes are loaded late. */
interface Answered {
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error ? (error as Answered).status : undefined;
}

/** Every value that the client would take from the environment is given. */
async function makeClient(
  { url, key }: ModelOptions,
  { fetch, clock }: Pick<Ports, 'fetch' | 'clock'>,
): Promise<OpenAI> {
  const { OpenAI } = await import('openai');
  return new OpenAI({
    baseURL: url,
    apiKey: key === '' ? 'none' : key,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    maxRetries: 0,
    defaultHeaders: key === '' ? { authorization: null } : {},
    fetch: async (address, init) =>
      boundAnswer(await fetch(String(address), { ...init, redirect: 'manual' }), clock),
  });
}
