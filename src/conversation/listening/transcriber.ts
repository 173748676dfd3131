import { wavHeader } from '../../audio/wav.ts';
import { joinBytes } from '../../core/bytes.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import {
  RECOGNIZER_RATE,
  type Recognizer,
  type Transcription,
  type UpstreamRecognizer,
} from '../../recognizer/recognizer.ts';
import { abortable } from '../../stream/cancel.ts';
import { boundWork } from '../../stream/deadline.ts';
import { encodeForm } from '../../stream/encode-form.ts';
import { readAll } from '../../stream/read.ts';

/** Writes down the audio of turns, for all microphones. */
export interface TurnTranscriber {
  readonly model: string;
  /** BCP 47 primary language of all it understands; undefined: any. */
  readonly language: string | undefined;
  /** Nobody would wait for a text that may be thrown away. Never where each text costs money. */
  isIdle(): boolean;
  /** Each text costs money. */
  readonly isPaid: boolean;
  /** Loads what it needs, so that the first turn need not wait for it. */
  warm(): void;
  /** Of mono s16le at `RECOGNIZER_RATE`, which is taken over. @throws SpeechFailure, ClientGone */
  transcribe(
    pcm: Uint8Array<ArrayBuffer>,
    language: string | undefined,
    signal: AbortSignal,
  ): Promise<string>;
}

/** Longer than a text of a minute can be, with all that servers say around it. */
const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_TEXT = 16_384;
/** Answers of a server that are waited for at once. */
const MAX_UPSTREAM = 8;

/** @param timeoutMs longest wait for a text, those of the others before it included */
export function createTranscriber(
  transcription: Transcription,
  { timeoutMs, clock }: { readonly timeoutMs: number; readonly clock: Clock },
): TurnTranscriber {
  const isUpstream = transcription.kind === 'upstream';
  const gate = createGate(isUpstream ? MAX_UPSTREAM : 1);
  const transcribe: TurnTranscriber['transcribe'] = async (pcm, language, signal) => {
    const work = boundWork(clock, signal);
    work.limit(timeoutMs, () => new SpeechFailure({ code: 'timeout', stage: 'total' }));
    try {
      const leave = await gate.enter(work.signal);
      try {
        const text = isUpstream
          ? await post(transcription, pcm, language, work.signal)
          : await write(transcription, pcm, work.signal);
        return text.slice(0, MAX_TEXT).trim().toWellFormed();
      } finally {
        leave();
      }
    } catch (error) {
      throw work.failure ?? error;
    } finally {
      work.end();
    }
  };
  return {
    model: transcription.model,
    language: isUpstream ? undefined : transcription.language,
    isPaid: isUpstream,
    isIdle: () => !isUpstream && gate.isFree() && !transcription.isBusy(),
    warm() {
      if (isUpstream || !gate.isFree()) return;
      transcribe(new Uint8Array(0), undefined, new AbortController().signal).catch(() => {}); // a turn will say what is wrong
    },
    transcribe,
  };
}

/** Lets so many in at once, the others in the order in which they came. */
function createGate(places: number): {
  enter(signal: AbortSignal): Promise<() => void>;
  isFree(): boolean;
} {
  const waiting: (() => void)[] = [];
  let free = places;
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return {
    isFree: () => free === places,
    async enter(signal) {
      if (free > 0) {
        free -= 1;
        return leave;
      }
      let go = (): void => {};
      const turn = new Promise<void>((resolve) => {
        go = resolve;
      });
      waiting.push(go);
      try {
        await abortable(turn, signal);
      } catch (error) {
        const place = waiting.indexOf(go);
        if (place >= 0) waiting.splice(place, 1);
        else leave(); // it was let in at the moment in which it left
        throw error;
      }
      return leave;
    },
  };
}

async function write(
  recognizer: Recognizer,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<string> {
  const { pieces } = await recognizer.transcribe({ kind: 'pcm', bytes }, signal, 'live');
  const texts: string[] = [];
  for await (const { text } of pieces) texts.push(text);
  return texts.join(' ');
}

async function post(
  upstream: UpstreamRecognizer,
  pcm: Uint8Array<ArrayBuffer>,
  language: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const header = wavHeader({ rate: RECOGNIZER_RATE, channels: 1, dataBytes: pcm.length });
  const form = new FormData();
  form.set('model', upstream.model);
  form.set('response_format', 'json');
  if (language !== undefined) form.set('language', language);
  form.set('file', new Blob([joinBytes([header, pcm])], { type: 'audio/wav' }), 'turn.wav');
  const { body } = await upstream.send('transcriptions', await encodeForm(form), signal);
  const bytes = await readAll(body, MAX_ANSWER_BYTES).catch((cause: unknown) => {
    throw cause instanceof SpeechFailure ? cause : new SpeechFailure({ code: 'origin_unavailable' }, cause);
  });
  return readText(bytes);
}

function readText(bytes: Uint8Array): string {
  try {
    const { text } = JSON.parse(new TextDecoder().decode(bytes)) as { text?: unknown };
    if (typeof text === 'string') return text;
  } catch (cause) {
    throw new SpeechFailure({ code: 'origin_unavailable' }, cause);
  }
  throw new SpeechFailure(
    { code: 'origin_unavailable' },
    new Error('The transcription server sent no text.'),
  );
}
