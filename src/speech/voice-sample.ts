import { isForeign } from '../audio/decode/foreign.ts';
import { NoDecoder, type Sound, Undecodable } from '../audio/decode/sound.ts';
import { BYTES_PER_SAMPLE, toInt16 } from '../audio/pcm.ts';
import { invalid, SpeechFailure } from '../core/errors.ts';
import type { Clock, Ports } from '../core/ports.ts';
import type { Reference } from '../core/request.ts';
import { ClientGone } from '../stream/cancel.ts';

/** Fish-Speech takes what is shorter for the path of a file. */
const MIN_BYTES = 256;
/** Seconds. Upstream recommends 10 to 30. */
const MIN_SECONDS = 0.3;
const MAX_SECONDS = 120;
const MAX_CHANNELS = 2;
/** Of a sample that begins with silence, what is listened to. */
const MAX_SILENT_SECONDS = 30;
/** 16-bit steps: -54 dB of full scale, as quiet as the noise of a quiet room. */
const SILENCE = 64;

/** Everything else in the process has a turn after so much of it: a few milliseconds of work. */
const SLICE_SECONDS = 0.25;
const SLICE_PACKETS = 64;
/** What a packet counts for at least: one that decodes to nothing is work as well. */
const PACKET_SECONDS = 1 / 64;

type Parts = Pick<Ports, 'wasm' | 'clock' | 'decodeOutside'>;

/** @throws SpeechFailure `invalid_value` naming the first recording that no origin could imitate */
export async function checkReferences(
  references: readonly Reference[],
  parts: Parts,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, { audio }] of references.entries()) {
    await checkVoiceSample(`references[${index}].audio`, audio, parts, signal);
  }
}

/**
 * Decodes as much of a recording as it takes to know that it is a voice sample: that something is heard in it, and that it is
 * neither too short nor too long. What nothing decodes here (WMA; AAC and Vorbis without ffmpeg; MP3 on Workers) is believed by its container.
 *
 * @throws SpeechFailure `invalid_value`; ClientGone
 */
export async function checkVoiceSample(
  name: string,
  audio: Uint8Array,
  parts: Parts,
  signal: AbortSignal,
): Promise<void> {
  if (audio.length < MIN_BYTES) throw invalid(`${name} must have at least ${MIN_BYTES} bytes`, name);
  await inTurn(parts.clock, signal, (breathe) => listen(name, audio, parts, breathe, signal)).catch(
    (error: unknown) => {
      if (signal.aborted) throw new ClientGone(signal.reason);
      if (!(error instanceof OutOfTime)) throw error; // it goes to the origin unjudged
    },
  );
}

const inTurn = takeTurns();

/** @throws SpeechFailure; OutOfTime */
async function listen(
  name: string,
  audio: Uint8Array,
  { wasm, decodeOutside }: Parts,
  breathe: Breathe,
  signal: AbortSignal,
): Promise<void> {
  const { openSound } = await import('../audio/decode/open.ts'); // only who sends recordings pays for the codecs
  let sound: Sound;
  try {
    sound = await openSound(audio, { opus: () => wasm('opus'), outside: decodeOutside }, signal);
  } catch (error) {
    if (error instanceof NoDecoder || !(error instanceof Undecodable) || isForeign(audio)) return;
    throw undecodable(name, error);
  }
  if (sound.channels > MAX_CHANNELS) throw invalid(`${name} must be mono or stereo`, name);
  const heard = await hear(sound, breathe).catch((error: unknown) => {
    throw error instanceof Undecodable ? undecodable(name, error) : error;
  });
  const seconds = sound.seconds ?? (await counted(audio, breathe));
  if (heard.seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw invalid(`${name} must be ${MIN_SECONDS} to ${MAX_SECONDS} seconds long`, name);
  }
  if (heard.isSilent) throw invalid(`${name} must not be silent`, name);
}

function undecodable(name: string, cause: unknown): SpeechFailure {
  return new SpeechFailure(invalid(`${name} cannot be decoded as audio`, name).error, cause);
}

/** Listens until it has heard enough to know. */
async function hear(sound: Sound, breathe: Breathe): Promise<{ seconds: number; isSilent: boolean }> {
  let seconds = 0;
  let isSilent = true;
  let sliceSeconds = 0;
  for await (const pcm of sound.pcm()) {
    const more = pcm.length / BYTES_PER_SAMPLE / sound.rate;
    seconds += more;
    sliceSeconds += Math.max(more, PACKET_SECONDS);
    isSilent &&= toInt16(pcm).every((sample) => Math.abs(sample) <= SILENCE);
    if (seconds >= (isSilent ? MAX_SILENT_SECONDS : MIN_SECONDS)) break;
    if (sliceSeconds >= SLICE_SECONDS) {
      sliceSeconds = 0;
      await breathe();
    }
  }
  return { seconds, isSilent };
}

/** The length of a file that does not say it, up to more than is allowed. */
async function counted(audio: Uint8Array, breathe: Breathe): Promise<number> {
  const { openContainer } = await import('../audio/decode/container.ts');
  let [seconds, packets] = [0, 0];
  try {
    for await (const duration of (await openContainer(audio)).durations()) {
      seconds += duration;
      if (seconds > MAX_SECONDS) break;
      if (++packets % SLICE_PACKETS === 0) await breathe();
    }
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error; // FLAC of its own, which says its length nearly always
  }
  return seconds;
}

/** Lets everything else in the process have a turn. @throws OutOfTime, or ClientGone */
export type Breathe = () => Promise<void>;

/** A piece of work was not done in time, or did not even begin. */
export class OutOfTime extends Error {}

/** @param maxMs for the piece of work and the wait before it */
type InTurn = <T>(
  clock: Clock,
  signal: AbortSignal,
  work: (breathe: Breathe) => Promise<T>,
  maxMs?: number,
) => Promise<T>;

/** Pieces of work at once: each of their slices delays everything else. */
const MAX_WORK = 2;
const LOOK_AGAIN_MS = 20;
/** A sample that comes with a text: its speech waits for it. */
const MAX_MS = 2000;
/** Work whose request was stopped by its runtime (Workers) tells nobody: it counts as ended after so many times its time. */
const LOST = 2;

/**
 * For work that would hold the event loop: a few pieces at a time, each in slices. Those who wait look again by themselves, as
 * on Workers one request cannot wake another.
 */
export function takeTurns(): InTurn {
  const working = new Map<symbol, number>(); // and when they count as lost
  return async (clock, signal, work, maxMs = MAX_MS) => {
    const until = clock.now() + maxMs;
    const wait = async (ms: number): Promise<void> => {
      await new Promise<void>((resolve) => clock.alarm(ms, resolve));
      if (signal.aborted) throw new ClientGone(signal.reason);
      if (clock.now() >= until) throw new OutOfTime('There was no time for it.');
    };
    const forgetLost = (): void => {
      for (const [id, lostAt] of working) if (clock.now() > lostAt) working.delete(id);
    };
    for (forgetLost(); working.size >= MAX_WORK; forgetLost()) await wait(LOOK_AGAIN_MS);
    const id = Symbol();
    working.set(id, clock.now() + LOST * maxMs);
    try {
      return await work(() => wait(0));
    } finally {
      working.delete(id);
    }
  };
}
