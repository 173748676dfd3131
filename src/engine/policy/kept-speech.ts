import { frameBytes } from '../../audio/pcm.ts';
import type { PcmStream, SpokenWord } from '../../core/engine.ts';
import { sha256 } from '../../core/hash.ts';
import type { Ports } from '../../core/ports.ts';
import type { BlobStore } from '../../core/store.ts';
import { pullStream } from '../../stream/pull.ts';

export interface KeepingOptions {
  /** Part of what `purgeVoice` drops. */
  readonly engine: string;
  readonly blobs: BlobStore;
  readonly maxAgeMs: number;
  /** Bytes of PCM; longer speech is not kept. The store's own bound holds too. */
  readonly maxBytes?: number | undefined;
}

/** Speech that was made to its end, in a store. Whatever the store fails at is a miss. */
export interface SpeechKeeping {
  /** The place of the speech of a key. */
  entry(key: string): KeptEntry;
  /** Drops what a voice said; what is being made at this moment is not kept either. Never throws. */
  purgeVoice(voice: string): Promise<void>;
}

export interface KeptEntry {
  /** Speech that may be what is asked for; each call of it opens a stream of its own. */
  find(): Promise<(() => PcmStream) | undefined>;
  /** Called before speech is made: the function that it gives keeps it, unless a voice has become another one meanwhile. */
  begin(voice: string): (stream: PcmStream, pcm: readonly Uint8Array[]) => void;
}

/** Values of another form are kept under another prefix. */
const PREFIX = 'speech:3:';
const MAX_BYTES = 8 * 1024 * 1024;
/** A store that takes longer is no help: an engine's first audio is not much further away. */
const LOOKUP_MS = 250;
/** Whole frames of any kind, and little enough that an encoder does not hold up everybody else over one chunk. */
const CHUNK_BYTES = 64 * 1024;

export function createSpeechKeeping(
  options: KeepingOptions,
  ports: Pick<Ports, 'clock' | 'background' | 'createHash'>,
): SpeechKeeping {
  const { engine, blobs, maxAgeMs } = options;
  const tagOf = (voice: string): string => `voice:${engine}:${voice}`;
  const maxBytes = Math.min(options.maxBytes ?? MAX_BYTES, blobs.abilities.maxValueBytes);
  let purges = 0;
  return {
    entry(key) {
      const naming = sha256(key, ports.createHash);
      const put = async (voice: string, bytes: Uint8Array): Promise<void> => {
        await blobs.put(PREFIX + (await naming), bytes, { maxAgeMs, tags: [tagOf(voice)] });
      };
      return {
        async find() {
          let callOff = (): void => {};
          const tooLong = new Promise<undefined>((resolve) => {
            callOff = ports.clock.alarm(LOOKUP_MS, () => resolve(undefined));
          });
          const getting = naming.then((name) => blobs.get(PREFIX + name));
          const found = await Promise.race([getting.catch(() => undefined), tooLong]).finally(callOff);
          const speech = found && unpackSpeech(found.bytes);
          return speech && (() => replayed(speech, found.ageMs));
        },
        begin(voice) {
          const before = purges;
          return (stream, pcm) => {
            if (purges !== before) return; // it may be a voice that is another now
            const bytes = packSpeech(stream, pcm, maxBytes);
            if (!bytes) return;
            const done = put(voice, bytes).catch(() => {});
            ports.background?.(done);
          };
        },
      };
    },
    async purgeVoice(voice) {
      purges += 1;
      await blobs.purge(tagOf(voice)).catch(() => {});
    },
  };
}

function replayed({ pcm, words, ...form }: PackedSpeech, ageMs: number): PcmStream {
  const body = pullStream(async function* () {
    // copies: the store shares its bytes
    for (let at = 0; at < pcm.length; at += CHUNK_BYTES) yield pcm.slice(at, at + CHUNK_BYTES);
  });
  const cache = { state: 'hit', ageMs } as const;
  return { ...form, length: pcm.length, words: () => words, cache, body };
}

/**
 * What is kept, little-endian: version, channels, whether the engine did the prosody, whether it could not tell if it has
 * the voice; sample rate (32 bits); speed and decibels of that prosody (32-bit floats); how many words follow the PCM (32 bits); the
 * engine's name in ASCII, ended by zeros (16 bytes); PCM; of each word whose time is known its index, start and end (32 bits each).
 */

const VERSION = 3;
const ENGINE_AT = 20;
const ENGINE_BYTES = 16;
const HEADER_BYTES: number = ENGINE_AT + ENGINE_BYTES;
const WORD_BYTES = 12;

type SpeechForm = Pick<PcmStream, 'engine' | 'rate' | 'channels' | 'prosody' | 'voiceConfirmed'>;

interface PackedSpeech extends SpeechForm {
  readonly pcm: Uint8Array;
  readonly words: readonly SpokenWord[];
}

/** The speech in `bytes`, a view; undefined when it is none, or one of another version. */
function unpackSpeech(bytes: Uint8Array): PackedSpeech | undefined {
  if (bytes.length <= HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const channels = view.getUint8(1);
  const rate = view.getUint32(4, true);
  const name = bytes.subarray(ENGINE_AT, HEADER_BYTES);
  const engine = String.fromCharCode(...name.subarray(0, name.indexOf(0)));
  if (!/^[\w-]+$/.test(engine)) return undefined;
  if (view.getUint8(0) !== VERSION || (channels !== 1 && channels !== 2) || rate === 0) return undefined;
  const words = unpackWords(bytes, view.getUint32(16, true));
  if (!words) return undefined;
  const pcm = bytes.subarray(HEADER_BYTES, bytes.length - words.length * WORD_BYTES);
  if (pcm.length === 0 || pcm.length % frameBytes(channels) !== 0) return undefined;
  const prosody = { speed: view.getFloat32(8, true), volumeDb: view.getFloat32(12, true) };
  return {
    engine,
    rate,
    channels,
    pcm,
    words,
    prosody: view.getUint8(2) === 1 ? prosody : undefined,
    voiceConfirmed: view.getUint8(3) === 1 ? false : undefined,
  };
}

function unpackWords(bytes: Uint8Array, count: number): SpokenWord[] | undefined {
  const length = count * WORD_BYTES;
  if (length > bytes.length - HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - length, length);
  return Array.from({ length: count }, (_, word) => {
    const [index = 0, start = 0, end = 0] = [0, 4, 8].map((at) =>
      view.getUint32(word * WORD_BYTES + at, true),
    );
    return { index, start, end };
  });
}

/** What to keep; undefined for speech that is too long, empty, or cut off inside a frame. */
function packSpeech(stream: PcmStream, pcm: readonly Uint8Array[], maxBytes: number): Uint8Array | undefined {
  const { engine, rate, channels, prosody, voiceConfirmed } = stream;
  const length = pcm.reduce((sum, part) => sum + part.length, 0);
  if (length === 0 || length > maxBytes || length % frameBytes(channels) !== 0) return undefined;
  const words = stream.words?.() ?? [];
  const bytes = new Uint8Array(HEADER_BYTES + length + words.length * WORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, channels);
  view.setUint8(2, prosody ? 1 : 0);
  view.setUint8(3, voiceConfirmed === false ? 1 : 0);
  view.setUint32(4, rate, true);
  view.setFloat32(8, prosody?.speed ?? 0, true);
  view.setFloat32(12, prosody?.volumeDb ?? 0, true);
  view.setUint32(16, words.length, true);
  new TextEncoder().encodeInto(engine, bytes.subarray(ENGINE_AT, HEADER_BYTES - 1));
  let at = HEADER_BYTES;
  for (const part of pcm) {
    bytes.set(part, at);
    at += part.length;
  }
  for (const { index, start, end } of words) {
    for (const number of [index, start, end]) {
      view.setUint32(at, Math.round(number), true);
      at += 4;
    }
  }
  return bytes;
}
