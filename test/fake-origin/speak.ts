import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hold } from './hold.ts';
import type { ServerLoop } from './loop.ts';
import { type Gate, type Misbehaviour, readMarkers } from './misbehave.ts';
import type { Profile } from './profiles.ts';
import type { References } from './references.ts';
import { drop, OriginError } from './replies.ts';
import type { ServeTtsRequest } from './schema.ts';
import { silentMp3, tone, wavFile } from './tone.ts';
import { promptFailure } from './voice-prompt.ts';

/** What the one who starts it sets. */
export interface SpeakSettings {
  /** Seconds of audio per word. */
  secondsPerWord: number;
  /** Seconds of generation per second of audio. */
  generationFactor: number;
  /** Code points; 0 is no limit. */
  maxTextLength: number;
  misbehave: Misbehaviour;
  gate: Gate;
}

interface SpeakOptions extends SpeakSettings {
  readonly profile: Profile;
  readonly references: References;
  readonly hold: Hold;
}

const CONTENT_TYPES: Record<string, string> = { wav: 'audio/wav', mp3: 'audio/mpeg', opus: 'audio/ogg' };
const MP3_FRAMES_PER_SECOND = 44_100 / 1152;

/**
 * Answers one `/v1/tts` as upstream does: one job at a time, headers of a stream before the engine runs, the whole
 * audio in one piece at the end, and no notice taken of a client that left. Resolves when the job is over; `began` is called
 * when its turn comes.
 */
export async function speak(
  asked: ServeTtsRequest,
  options: SpeakOptions,
  loop: ServerLoop,
  response: ServerResponse,
  began: () => void = () => {},
): Promise<void> {
  const { spoken, misbehave } = readMarkers(asked.text, options.misbehave);
  if (options.maxTextLength > 0 && [...asked.text].length > options.maxTextLength) {
    throw new OriginError(400, `Text is too long, max length is ${options.maxTextLength}`);
  }
  if (asked.streaming && asked.format !== 'wav')
    throw new OriginError(400, 'Streaming only supports WAV format');
  if (misbehave.silent) return;
  if (misbehave.status !== undefined && misbehave.answer === undefined) {
    const retry: Record<string, string> = misbehave.retryAfter ? { 'retry-after': misbehave.retryAfter } : {};
    throw new OriginError(misbehave.status, 'CUDA out of memory at /opt/fish/model.py:42', retry);
  }
  const headersFirst = asked.streaming && !misbehave.dieBeforeHeaders && misbehave.answer === undefined;
  if (headersFirst) {
    response.writeHead(200, audioHeaders(asked, misbehave));
    response.flushHeaders();
  }
  await loop.block(() => {
    began();
    return generate(asked, spoken, options, misbehave, response);
  });
}

function audioHeaders(asked: ServeTtsRequest, misbehave: Misbehaviour): Record<string, string> {
  return {
    'content-type': misbehave.contentType ?? CONTENT_TYPES[asked.format] ?? 'application/octet-stream',
    'content-disposition': `attachment; filename=audio.${asked.format}`,
  };
}

async function generate(
  asked: ServeTtsRequest,
  spoken: string,
  options: SpeakOptions,
  misbehave: Misbehaviour,
  response: ServerResponse,
): Promise<void> {
  const words = spoken.split(/\s+/).filter((word) => word !== '').length;
  const seconds = words * options.secondsPerWord;
  const generationMs = seconds * options.generationFactor * 1000 + (misbehave.firstByteMs ?? 0);
  const released = misbehave.held ? options.gate.hold() : undefined;
  await (misbehave.endless ? options.hold.pause(response, generationMs) : sleep(generationMs));
  await released;
  if (misbehave.dieBeforeHeaders) {
    drop(response);
    return;
  }
  if (misbehave.answer !== undefined) {
    const headers = { 'content-type': misbehave.contentType ?? 'text/html; charset=utf-8' };
    response.writeHead(misbehave.status ?? 200, headers).end(misbehave.answer);
    return;
  }
  const { references, profile } = options;
  const failure = promptFailure(asked, references, profile) ?? engineFailure(asked, words, misbehave);
  if (failure && response.headersSent) {
    drop(response);
    return;
  }
  if (failure) throw failure;
  if (!response.headersSent) response.writeHead(200, audioHeaders(asked, misbehave));
  await send(makeAudio(asked, seconds, misbehave, profile), misbehave, response, options);
}

/** What makes the model code fail (docs/fish-speech.md, speech). */
function engineFailure(
  asked: ServeTtsRequest,
  words: number,
  misbehave: Misbehaviour,
): OriginError | undefined {
  if (misbehave.engineFails || asked.format === 'pcm' || asked.format === 'opus')
    return new OriginError(500, 'Failed to generate speech');
  if (words === 0) return new OriginError(500, 'No audio generated, please check the input text.');
  if (asked.repetition_penalty >= 2) return new OriginError(500, 'repetition_penalty must be in (0, 2)');
  return undefined;
}

function makeAudio(
  asked: ServeTtsRequest,
  seconds: number,
  misbehave: Misbehaviour,
  { streamsHeader }: Profile,
): Uint8Array {
  if (asked.format === 'mp3') return silentMp3(Math.ceil(seconds * MP3_FRAMES_PER_SECOND));
  const pcm = misbehave.bodyBytes === undefined ? tone(seconds) : new Uint8Array(misbehave.bodyBytes);
  const streamed = streamsHeader ? 'zero' : 'none';
  return wavFile(pcm, misbehave.header ?? (asked.streaming ? streamed : 'exact'));
}

async function send(
  audio: Uint8Array,
  misbehave: Misbehaviour,
  response: ServerResponse,
  { gate, hold }: Pick<SpeakOptions, 'gate' | 'hold'>,
): Promise<void> {
  const stop = Math.min(misbehave.dieAfterBytes ?? Infinity, misbehave.silentAfterBytes ?? Infinity);
  const body = audio.subarray(0, Math.min(stop, audio.length));
  const step = misbehave.chunkBytes ?? Math.max(body.length, 1);
  if (misbehave.endless) await hold.speakOn(response, body.subarray(0, step), misbehave.chunkMs ?? 0);
  let heldAt = misbehave.heldAfterBytes ?? Infinity;
  for (let at = 0; at < body.length; at += step) {
    if (misbehave.endless && response.destroyed) return;
    if (at >= heldAt) {
      heldAt = Infinity;
      await gate.hold();
    }
    if (at > 0 && misbehave.chunkMs) await sleep(misbehave.chunkMs);
    if (!response.destroyed) response.write(body.subarray(at, at + step));
  }
  if (misbehave.silentAfterBytes !== undefined) return;
  if (misbehave.dieAfterBytes === undefined) response.end();
  else response.write('', () => drop(response)); // only when all of it was handed to the socket
}
