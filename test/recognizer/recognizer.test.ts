import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spawnInference } from '../../src/adapters/inference/spawn.ts';
import { wavHeader } from '../../src/audio/wav.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { createEmbeddedRecognizer, type EmbeddedOptions } from '../../src/recognizer/embedded.ts';
import type { Recognizer, TranscribedPiece, TranscriptionJob } from '../../src/recognizer/recognizer.ts';
import { encodeWhole } from '../audio/codecs.ts';
import { record } from '../engine/onnx/onnx-recorder.ts';
import {
  clock,
  installed,
  joe,
  missing,
  open,
  readAll,
  realEngine,
  say,
} from '../engine/onnx/onnx-support.ts';
import { countEdits } from '../roundtrip/error-rate.ts';
import { spokenWords } from '../roundtrip/words.ts';

const sentences = [
  'Nobody answered the door.',
  'The kitchen smelled of fresh bread and strong coffee.',
  'Daniel asked Rebecca to bring the tickets to the stadium.',
];
const pauseSeconds = 1.5;
const nobodyLeaves = new AbortController().signal;
const skipped = missing(joe) ?? missing('moonshine-tiny');

async function collect(transcription: TranscriptionJob): Promise<TranscribedPiece[]> {
  const pieces: TranscribedPiece[] = [];
  for await (const piece of transcription.pieces) pieces.push(piece);
  return pieces;
}

describe.skipIf(skipped)(
  `the embedded recogniser${skipped ? ` (${skipped})` : ''}`,
  { timeout: 120_000 },
  () => {
    const recorder = record(spawnInference);
    const recognisers: Recognizer[] = [];
    let rate = 0;
    let spoken: Uint8Array[] = [];

    function recogniser(options: Partial<EmbeddedOptions> = {}): Recognizer {
      const made = createEmbeddedRecognizer(
        { threads: 1, stepTimeoutMs: 60_000, ...options },
        { packs: async () => installed, spawnInference: recorder.spawn, clock },
      );
      recognisers.push(made);
      return made;
    }
    let recognizer: Recognizer;
    beforeAll(async () => {
      const engine = realEngine({ voice: joe });
      for (const sentence of sentences) {
        const stream = await open(engine, say(sentence));
        rate = stream.rate;
        spoken = [...spoken, await readAll(stream.body)];
      }
      await engine.close?.();
      recognizer = recogniser();
    });
    afterAll(() => Promise.all(recognisers.map((one) => one.close())));

    /** A WAV of PCM; its bytes are given away with it. */
    function wav(...pcm: Uint8Array[]): { kind: 'file'; bytes: Uint8Array<ArrayBuffer> } {
      const dataBytes = pcm.reduce((sum, part) => sum + part.length, 0);
      return { kind: 'file', bytes: joinBytes([wavHeader({ rate, channels: 1, dataBytes }), ...pcm]) };
    }
    const silence = (seconds: number): Uint8Array => new Uint8Array(2 * Math.round(rate * seconds));
    /** All sentences, each after a pause. */
    const story = (): Uint8Array[] => spoken.flatMap((pcm) => [silence(pauseSeconds), pcm]);

    test('hears each sentence, and when it was said', async () => {
      const transcription = await recognizer.transcribe(wav(...story()), nobodyLeaves);
      const pieces = await collect(transcription);
      expect(pieces).toHaveLength(sentences.length);
      const heard = spokenWords(pieces.map(({ text }) => text).join(' '));
      // the voice draws noise of its own: a word may go wrong once in a while
      expect(countEdits(spokenWords(sentences.join(' ')), heard)).toBeLessThanOrEqual(2);
      let at = 0;
      for (const [index, { start, end }] of pieces.entries()) {
        const length = (spoken[index]?.length ?? 0) / 2 / rate;
        at += pauseSeconds;
        expect(Math.abs(start / 16_000 - at)).toBeLessThan(0.4);
        expect(Math.abs(end / 16_000 - at - length)).toBeLessThan(0.4);
        at += length;
      }
      expect(transcription.seconds()).toBeCloseTo(at, 1);
    });

    test('hears nothing in silence and in noise that is no more than that', async () => {
      const transcription = await recognizer.transcribe(wav(silence(90)), nobodyLeaves);
      expect(await collect(transcription)).toEqual([]);
      expect(transcription.seconds()).toBeCloseTo(90);
    });

    test('takes plain samples', async () => {
      const bytes = new Uint8Array(16_000); // half a second
      const transcription = await recognizer.transcribe({ kind: 'pcm', bytes }, nobodyLeaves);
      expect(await collect(transcription)).toEqual([]);
      expect(transcription.seconds()).toBe(0.5);
    });

    test.each([
      [
        'leaves after the first piece',
        async (transcription: TranscriptionJob) => {
          for await (const _ of transcription.pieces) break;
        },
      ],
      ['never reads', async (transcription: TranscriptionJob) => transcription.close()],
    ])('stops at once for a client that %s', async (_, leave) => {
      const before = recorder.received.length;
      const transcription = await recognizer.transcribe(
        wav(...story(), ...story(), ...story()),
        nobodyLeaves,
      );
      await leave(transcription);
      const closed = await recorder.wait('closed', before);
      expect(Number(closed.pieces)).toBeLessThanOrEqual(1);
      expect(
        await collect(await recognizer.transcribe(wav(spoken[0] ?? silence(1)), nobodyLeaves)),
      ).toHaveLength(1);
    });

    test('stops when the signal aborts in the middle, and the pieces say why', async () => {
      const before = recorder.received.length;
      const client = new AbortController();
      const transcription = await recognizer.transcribe(wav(...story(), ...story()), client.signal);
      const reading = (async () => {
        for await (const _ of transcription.pieces) client.abort('gone');
      })();
      await expect(reading).rejects.toThrow('The client left.');
      expect(Number((await recorder.wait('closed', before)).pieces)).toBeLessThanOrEqual(1);
    });

    test('lets recordings take turns, and refuses one too many', async () => {
      const small = recogniser({ maxJobs: 2 });
      const [one, two] = await Promise.all([
        small.transcribe(wav(...story()), nobodyLeaves),
        small.transcribe(wav(...story()), nobodyLeaves),
      ]);
      await expect(small.transcribe(wav(silence(1)), nobodyLeaves)).rejects.toMatchObject({
        error: { code: 'overloaded' },
      });
      const order: string[] = [];
      const read = async (name: string, transcription: TranscriptionJob): Promise<void> => {
        for await (const _ of transcription.pieces) order.push(name);
      };
      await Promise.all([read('one', one), read('two', two)]);
      expect(order.slice(0, 4).toSorted()).toEqual(['one', 'one', 'two', 'two']);
      expect(await collect(await small.transcribe(wav(silence(1)), nobodyLeaves))).toEqual([]);
    });

    test.each(['wav', 'mp3'] as const)('refuses a recording that is too long: %s', async (format) => {
      const bytes = await encodeWhole({ format, rate, channels: 1, length: silence(8).length }, silence(8));
      const short = recogniser({ maxSeconds: 5 });
      const file = { kind: 'file' as const, bytes: bytes as Uint8Array<ArrayBuffer> };
      await expect(short.transcribe(file, nobodyLeaves).then(collect)).rejects.toMatchObject({
        error: { code: 'invalid_value', param: 'file', message: 'The recording is too long.' },
      });
    });

    test('refuses what is no audio, and stays', async () => {
      const file = {
        kind: 'file' as const,
        bytes: new TextEncoder().encode('not a sound') as Uint8Array<ArrayBuffer>,
      };
      const failure = await recognizer.transcribe(file, nobodyLeaves).catch((error: unknown) => error);
      expect(failure).toMatchObject({ error: { code: 'invalid_value', param: 'file' } });
      expect(String(failure)).toContain('WAV, MP3, FLAC');
      expect(await collect(await recognizer.transcribe(wav(silence(1)), nobodyLeaves))).toEqual([]);
    });
  },
);

test('a recogniser that is not installed is not available', async () => {
  const none = createEmbeddedRecognizer(
    { threads: 1, stepTimeoutMs: 1000 },
    { packs: async () => [], spawnInference, clock },
  );
  expect(await none.available()).toBe(false);
  const bytes = new Uint8Array(2);
  await expect(none.transcribe({ kind: 'pcm', bytes }, nobodyLeaves)).rejects.toMatchObject({
    error: { code: 'not_supported' },
  });
});
