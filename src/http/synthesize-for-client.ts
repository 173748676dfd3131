import type { Context } from 'hono';
import { invalid } from '../core/errors.ts';
import type { Pronunciation, SpeechRequest } from '../core/request.ts';
import type { TraceSpan } from '../core/trace.ts';
import type { CustomVoice } from '../services/custom-voice.ts';
import { ownerOf } from '../services/pronunciations.ts';
import type { Output } from '../speech/output.ts';
import { addedCharacters } from '../speech/pronounce.ts';
import { countCodePoints, measureText } from '../speech/speakable.ts';
import { type Speech, synthesize } from '../speech/synthesize.ts';
import { linkedAbort } from '../stream/cancel.ts';
import { type Turns, turnsOf } from '../stream/turns.ts';
import type { HttpEnv } from './env.ts';
import type { DialectDeps } from './options.ts';

type Parts = Pick<
  DialectDeps,
  'engine' | 'ports' | 'dictionary' | 'voices' | 'receipts' | 'usage' | 'streams' | 'telemetry'
>;

/** Counts a text that is to be spoken later. @throws SpeechFailure rate_limit_exceeded */
export async function pay(c: Context<HttpEnv>, request: SpeechRequest, parts: Parts): Promise<void> {
  const { measure } = await prepare(c, request, parts);
  const characters = await measure(request.text);
  await c.get('charge')(characters);
  const name = c.get('key')?.name;
  if (name !== undefined) parts.usage.count(name, { requests: 1, characters });
}

interface SpeakParts extends Parts {
  /** Its characters were counted before, by `pay`. */
  readonly isPaid?: boolean;
  /** The speech is used only if this says so. */
  readonly wanted?: Promise<boolean> | undefined;
}

/**
 * Speaks for the client of `c`: takes its place among the answers that are being sent, says words as they were taught, counts
 * its characters against its limit, tells the engine who asks, and stops when the client leaves.
 * @param signal aborts when the client leaves; by default its request's own
 * @throws SpeechFailure before any audio exists
 */
export async function synthesizeForClient(
  c: Context<HttpEnv>,
  request: SpeechRequest,
  output: Output,
  parts: SpeakParts,
  signal: AbortSignal = c.req.raw.signal,
): Promise<Speech> {
  const { engine, ports, usage, streams, isPaid = false } = parts;
  const name = c.get('key')?.name;
  const began = ports.clock.now();
  if (!c.get('switched')) c.set('leave', streams.acquire(c.get('client'))); // a socket has its place as one
  const { prepared, measure, custom } = await prepare(c, request, parts);
  const characters = await measure(request.text);
  const charging = isPaid ? undefined : c.get('charge')(characters);
  const counting = c.get('counting');
  if (!counting) await charging;
  const more =
    request.more &&
    charged(request.more, measure, async (count) => {
      await c.get('charge')(count);
      if (name !== undefined) usage.count(name, { characters: count });
    });
  const asked = { ...prepared, more, client: request.client ?? c.get('client'), trace: c.get('span') };
  const speak = (limitsKnown?: Promise<unknown>, until = signal): Promise<Speech> =>
    synthesize(
      { ...asked, limitsKnown },
      output,
      // What the runtime moves by itself, nobody can count for a receipt.
      { engine, ...ports, relay: custom ? undefined : ports.relay },
      until,
    );
  const spoken = counting
    ? await withinLimits(Promise.all([counting, charging]), speak, signal)
    : await speak();
  noteSpeech(c, spoken, { began, characters }, parts);
  const speech = custom ? withReceipt(c, spoken, request, custom, parts) : spoken;
  if (name !== undefined) {
    const requests = request.isContinuation ? 0 : 1; // a later sentence of a reply is no request of its own
    const count = counterOf(name, parts);
    if (!isPaid) count({ requests, characters });
    countSeconds(speech, count);
  }
  return speech;
}

/** Counts a speech that has its first audio, and leaves for the end of the answer what is counted then. */
function noteSpeech(
  c: Context<HttpEnv>,
  { engine, queueMs, sourceMs, firstAudioMs, cache, progress }: Speech,
  { began, characters }: { readonly began: number; readonly characters: number },
  { telemetry, ports }: Pick<Parts, 'telemetry' | 'ports'>,
): void {
  const { clock } = ports;
  const state = cache?.state ?? 'bypass';
  const isMade = state === 'miss' || state === 'bypass'; // else the times are those of whoever had it made
  const overheadMs =
    isMade && sourceMs !== undefined
      ? Math.max(0, clock.now() - began - (queueMs ?? 0) - sourceMs)
      : undefined;
  const seconds = (): number => progress.seconds;
  const spoken = { engine, cache: state, firstAudioMs, queueMs: isMade ? queueMs : undefined };
  telemetry?.speechBegun({ ...spoken, overheadMs, characters });
  const encoding = traceSpeech(c.get('span'), spoken, began, clock.now());
  if (!c.get('switched')) {
    c.set('spoken', { ...spoken, began, seconds, encoding });
    return;
  }
  progress.onComplete(() => {
    encoding?.end({ 'fish_edge.audio_seconds': seconds() });
    telemetry?.speechEnded('finished', { ...spoken, audioSeconds: seconds(), tookMs: clock.now() - began });
  });
}

/** Two parts of the request's span: what its listener waited for, which ends now, and what follows, which begins. */
function traceSpeech(
  span: TraceSpan | undefined,
  { engine, cache }: { readonly engine: string; readonly cache: string },
  began: number,
  now: number,
): TraceSpan | undefined {
  const attributes = { 'fish_edge.engine': engine, 'fish_edge.cache': cache };
  span?.begin('first_audio', attributes, began).end({}, undefined, now);
  return span?.begin('encode', attributes, now);
}

type Used = Parameters<Parts['usage']['count']>[1];

/** Functions of their own, whose closures hold nothing of the exchange while the audio flows. */
function counterOf(name: string, { usage, wanted }: SpeakParts): (used: Used) => void {
  if (!wanted) return (used) => void usage.count(name, used);
  return (used) => void wanted.then((isWanted) => isWanted && usage.count(name, used));
}

function countSeconds({ progress }: Speech, count: (used: Used) => void): void {
  progress.onComplete(() => count({ audioSeconds: progress.seconds }));
}

/** Nobody can guess it: who knows it may read what was said. A request id is as good, unless the client chose it. */
export function speechIdOf(c: Context<HttpEnv>): string {
  const own = c.get('requestId');
  return c.req.header('x-request-id') === own ? crypto.randomUUID().replaceAll('-', '') : own;
}

/** A socket has no header to say an id in: what is spoken over it has no receipt. */
function withReceipt(
  c: Context<HttpEnv>,
  speech: Speech,
  { text }: SpeechRequest,
  voice: CustomVoice,
  { receipts }: Pick<Parts, 'receipts'>,
): Speech {
  if (c.get('switched')) return speech;
  const id = speechIdOf(c);
  const key = c.get('key');
  const { contentType, engine } = speech;
  const about = { id, voice, text, contentType, engine, key: key?.name, owner: ownerOf(key) };
  return { ...speech, id, body: receipts.follow(about, speech.body) };
}

/** Speaks while it is found out whether the client may ask. @throws what `limits` rejects with, above all */
async function withinLimits(
  limits: Promise<unknown>,
  speak: (limitsKnown: Promise<unknown>, until: AbortSignal) => Promise<Speech>,
  signal: AbortSignal,
): Promise<Speech> {
  const { controller } = linkedAbort(signal); // stays tied: the signal also ends what is streaming
  const limitsKnown = limits.catch((error: unknown) => controller.abort(error));
  const speaking = speak(limitsKnown, controller.signal);
  speaking.catch(() => {}); // told once the limits are known
  try {
    await limits;
  } catch (error) {
    speaking.then(({ body }) => body.cancel(error)).catch(() => {});
    throw error;
  }
  return speaking;
}

interface Prepared {
  readonly prepared: SpeechRequest;
  readonly measure: (text: string) => Promise<number>;
  /** The voice, where a client made it. */
  readonly custom: CustomVoice | undefined;
}

/** The request with its voice as the engine knows it and its words as they were taught to whoever asks, and what counts the characters of its text. */
async function prepare(
  c: Context<HttpEnv>,
  request: SpeechRequest,
  { engine, dictionary, voices, ports }: Pick<Parts, 'engine' | 'dictionary' | 'voices' | 'ports'>,
): Promise<Prepared> {
  const turns = turnsOf(ports.clock);
  await turns.begin();
  const owner = ownerOf(c.get('key'));
  const custom = await voices.find(request.voice, owner);
  const named = custom?.id ?? request.voice;
  const voice = custom || !engine.voiceOf ? named : await engine.voiceOf(named);
  const taught = await dictionary.apply({ ...request, voice }, owner);
  const prepared = custom ? await voices.imitate(taught, custom) : taught;
  return { prepared, measure: createMeasure(prepared.pronunciations ?? [], turns), custom };
}

/** Taught words may make a text so many times as long, */
const MAX_GROWTH = 4;
/** and so many characters longer still: a short text may consist of them. */
const FREE_GROWTH = 1000;
/** Code units that are looked through at once: a few milliseconds. */
const SLICE = 16_384;

/**
 * Counts the characters of one text, which may come in parts: those that are written or, where taught words make it longer,
 * those that are spoken. In code points, as all limits of text.
 */
function createMeasure(
  pronunciations: readonly Pronunciation[],
  turns: Turns,
): (text: string) => Promise<number> {
  if (pronunciations.length === 0) return (text) => measureText(text, turns);
  let writtenInAll = 0;
  let spokenInAll = 0;
  const count = (slice: string): number => {
    const written = countCodePoints(slice);
    const added = addedCharacters(slice, pronunciations);
    writtenInAll += written;
    spokenInAll += written + added;
    if (spokenInAll > MAX_GROWTH * writtenInAll + FREE_GROWTH) {
      const message = `The words that were taught make the text too long: ${spokenInAll} characters of ${writtenInAll}.`;
      throw invalid(message, 'text');
    }
    return written + Math.max(0, added);
  };
  return async (text) => {
    let characters = 0;
    for (const slice of slicesOf(text)) characters += await turns.run(() => count(slice));
    return characters;
  };
}

/** `text` in slices that end between words. */
function* slicesOf(text: string): Generator<string, void, void> {
  for (let from = 0; from < text.length; ) {
    const slice = text.slice(from, from + SLICE);
    const isLast = from + slice.length >= text.length;
    const space = isLast ? -1 : slice.lastIndexOf(' '); // of the slice: a search in the text goes back to its beginning
    const part = space > 0 ? slice.slice(0, space) : slice;
    yield part;
    from += part.length;
  }
}

async function* charged(
  texts: AsyncIterable<string>,
  measure: (text: string) => Promise<number>,
  charge: (characters: number) => Promise<void>,
): AsyncGenerator<string, void, void> {
  for await (const text of texts) {
    await charge(await measure(text));
    yield text;
  }
}
