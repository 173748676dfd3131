import { wasmLoader } from '../../src/adapters/local/wasm.ts';
import type {
  LanguageModel,
  Listener,
  Listening,
  ListeningEvent,
  ListeningOptions,
  ModelRequest,
} from '../../src/core/conversation.ts';
import type { StreamOutcome } from '../../src/core/ports.ts';
import { RealtimeSession } from '../../src/dialects/realtime/session.ts';
import { usualSettings, usualTurns } from '../../src/dialects/realtime/session-settings.ts';
import type { Transcription, UpstreamRecognizer } from '../../src/recognizer/recognizer.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

const resample = await wasmLoader()('resample');
export const idleMs = 60_000;
export const lifeMs = 3_600_000;

interface Event {
  readonly type: string;
  readonly error?: { readonly code: string };
  readonly item_id?: string;
  readonly response?: { readonly status: string; readonly status_details: { readonly error: object } };
}

/** Hears what a test tells it to hear. */
export function createScript(): {
  listening: Listening;
  hear: (event: ListeningEvent) => void;
} {
  let options: ListeningOptions | undefined;
  const listener: Listener = {
    push() {},
    commit() {},
    clear() {},
    change() {},
    heardMs: () => 1000,
    close() {},
  };
  const listening: Listening = {
    id: 'scripted',
    model: 'scripted',
    turnDetection: usualTurns,
    available: async () => true,
    open(asked) {
      options = asked;
      return listener;
    },
    close: async () => {},
  };
  return { listening, hear: (event) => options?.onEvent(event) };
}

export function open(listening?: Listening, transcription?: Transcription) {
  const clock = createFakeClock();
  const events: Event[] = [];
  const closed: { code?: number; reason?: string | undefined } = {};
  const ends: StreamOutcome[] = [];
  const held: (() => void)[] = [];
  const asked: { readonly request: ModelRequest; readonly signal: AbortSignal }[] = [];
  const again = { count: 0 };
  let waiting = 0;
  const model: LanguageModel = {
    isSetUp: true,
    async *answer(request, signal) {
      asked.push({ request, signal });
      await new Promise<void>((resolve) => void held.push(resolve));
      yield { kind: 'text', text: 'Fine.' };
      yield { kind: 'end', reason: 'stop' };
    },
  };
  const { life: session } = new RealtimeSession(
    {
      send: (message) => void events.push(JSON.parse(String(message))),
      waiting: () => waiting,
      close: (code, reason) => Object.assign(closed, { code, reason }),
    },
    {
      ...{ clock, model, listening, transcription, resample, idleMs, lifeMs },
      wasm: wasmLoader(),
      facts: { id: 'sess_1', type: 'realtime', model: 'gpt-realtime', expiresAt: 0 },
      settings: { ...usualSettings, modality: 'text', transcription: { model: 'whisper-1' } },
      usualTurns,
      generation: 'ga',
      writeMs: 1000,
      speak: () => undefined,
      again: async () => void again.count++,
      onEnd: (end) => void ends.push(end),
    },
  );
  const send = (event: object): void => session.message(JSON.stringify(event));
  const types = (): string[] => events.map(({ type }) => type);
  const codes = (): (string | undefined)[] => events.flatMap(({ error }) => error?.code ?? []);
  const goOn = (): void => {
    for (const resume of held.splice(0)) resume();
  };
  const stall = (bytes: number): void => {
    waiting = bytes;
  };
  return { clock, session, events, closed, ends, send, types, codes, goOn, stall, held, asked, again };
}

export const ask = { type: 'response.create' };
export const audio = { type: 'input_audio_buffer.append', audio: Buffer.alloc(9600).toString('base64') };

/** One that hears nothing by itself. */
export function recogniser(parts: Partial<UpstreamRecognizer>): UpstreamRecognizer {
  return {
    kind: 'upstream',
    id: 'scripted',
    model: 'scripted',
    available: async () => true,
    send: () => Promise.reject(new Error('nothing was prepared')),
    close: async () => {},
    ...parts,
  };
}
