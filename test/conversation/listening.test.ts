import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spawnInference } from '../../src/adapters/inference/spawn.ts';
import { createListening } from '../../src/conversation/listening/listening.ts';
import type { Listening, ListeningEvent, ListeningOptions } from '../../src/core/conversation.ts';
import { createEmbeddedDetector } from '../../src/recognizer/detector.ts';
import { createEmbeddedRecognizer } from '../../src/recognizer/embedded.ts';
import type { Recognizer } from '../../src/recognizer/recognizer.ts';
import { record } from '../engine/onnx/onnx-recorder.ts';
import { clock, installed, joe, missing } from '../engine/onnx/onnx-support.ts';
import { countEdits } from '../roundtrip/error-rate.ts';
import { spokenWords } from '../roundtrip/words.ts';
import { recordSpeech, room, speakInto } from './microphone.ts';

const sentences = [
  'The kitchen smelled of fresh bread and strong coffee.',
  'Nobody answered the door.',
  'Daniel asked Rebecca to bring the tickets to the stadium.',
];
const turnDetection = { threshold: 0.5, prefixMs: 300, silenceMs: 700, earlyTexts: 0 };
const skipped = missing(joe) ?? missing('moonshine-tiny') ?? missing('silero-vad');

const textsOf = (events: readonly ListeningEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'final' ? event.text : []));

/** A click of 20 ms, loud. */
function click(): Uint8Array {
  return new Uint8Array(Int16Array.from({ length: 320 }, (_, i) => (i % 2 === 0 ? 20_000 : -20_000)).buffer);
}

describe.skipIf(skipped)(
  `listening by Silero and Moonshine${skipped ? ` (${skipped})` : ''}`,
  { timeout: 120_000 },
  () => {
    const recorder = record(spawnInference);
    const ports = { clock, packs: async () => installed, spawnInference: recorder.spawn };
    let recognizer: Recognizer;
    let listening: Listening;
    let spoken: Uint8Array[] = [];
    beforeAll(async () => {
      spoken = await recordSpeech(sentences);
      recognizer = createEmbeddedRecognizer({ threads: 1, stepTimeoutMs: 60_000 }, ports);
      const settings = { turnDetection, maxSessions: 20, timeoutMs: 60_000 };
      listening = createListening(recognizer, settings, ports);
    });
    afterAll(async () => {
      await listening.close();
      await recognizer.close();
    });

    function open(more: Partial<ListeningOptions> = {}) {
      const events: ListeningEvent[] = [];
      const onEvent = (event: ListeningEvent): void => void events.push(event);
      const listener = listening.open({ turnDetection, partials: false, onEvent, ...more });
      return { listener, events };
    }
    const expectWords = (index: number, text: string | undefined): void => {
      const said = spokenWords(sentences[index] ?? '');
      expect(countEdits(said, spokenWords(text ?? '')), text).toBeLessThanOrEqual(2); // the voice draws noise of its own
    };

    test('hears every turn, and when it was', async () => {
      const { listener, events } = open();
      let at = 0;
      const spans: [number, number][] = [];
      for (const pcm of spoken) {
        for (const part of [room(1.2), pcm, room(1.2)]) listener.push(part);
        spans.push([at + 1200, at + 1200 + pcm.length / 32]);
        at += 2400 + pcm.length / 32;
      }
      await expect.poll(() => textsOf(events).length, { timeout: 60_000 }).toBe(3);
      for (const [index, text] of textsOf(events).entries()) expectWords(index, text);
      const starts = events.flatMap((event) => (event.kind === 'started' ? event.atMs : []));
      const stops = events.flatMap((event) => (event.kind === 'stopped' ? event.atMs : []));
      for (const [index, [from, to]] of spans.entries()) {
        expect(Math.abs((starts[index] ?? 0) + 300 - from)).toBeLessThan(250);
        expect(Math.abs((stops[index] ?? 0) - 700 - to)).toBeLessThan(350);
      }
      expect(listener.heardMs()).toBe(Math.round(at));
      listener.close();
    });

    test('hears no turn in noise, hum and clicks', async () => {
      const { listener, events } = open();
      const hum = Int16Array.from(
        { length: 32_000 },
        (_, i) => 3000 * Math.sin((i * 50 * 2 * Math.PI) / 16_000),
      );
      const noise = Int16Array.from({ length: 32_000 }, (_, i) => ((i * 48_271 * (i % 97)) % 2001) - 1000);
      for (let i = 0; i < 3; i++) {
        listener.push(room(0.5));
        listener.push(click());
        listener.push(new Uint8Array(hum.buffer));
        listener.push(new Uint8Array(noise.buffer));
      }
      listener.push(spoken[1] ?? room(1));
      listener.push(room(1.5));
      await expect.poll(() => textsOf(events).length, { timeout: 60_000 }).toBe(1);
      expectWords(1, textsOf(events)[0]);
      listener.close();
    });

    test('writes while somebody speaks', async () => {
      const { listener, events } = open({ partials: true });
      const pcm = spoken[2] ?? room(1);
      const most = Math.floor(pcm.length / 3) * 2; // bytes: the speaker takes a breath there, until something was written
      await speakInto(listener, pcm.subarray(0, most));
      await expect.poll(() => events.some(({ kind }) => kind === 'partial'), { timeout: 60_000 }).toBe(true);
      await speakInto(listener, pcm.subarray(most));
      listener.push(room(1.2));
      await expect.poll(() => textsOf(events).length, { timeout: 60_000 }).toBe(1);
      const kinds = events.map(({ kind }) => kind);
      const partials = kinds.filter((kind) => kind === 'partial').length;
      expect(partials).toBeGreaterThan(0);
      expect(kinds).toEqual(['started', ...new Array(partials).fill('partial'), 'stopped', 'final']);
      expectWords(2, textsOf(events)[0]);
      listener.close();
    });

    test('hears several microphones, each for itself', async () => {
      const many = Array.from({ length: 6 }, () => open({ partials: true }));
      for (const [index, { listener }] of many.entries()) {
        listener.push(spoken[index % 3] ?? room(1));
        listener.push(room(1.2));
      }
      for (const [index, { listener, events }] of many.entries()) {
        await expect.poll(() => textsOf(events).length, { timeout: 60_000 }).toBe(1);
        expectWords(index % 3, textsOf(events)[0]);
        listener.close();
      }
    });

    test('comes before files that are transcribed', async () => {
      const before = recorder.received.length;
      const story = Buffer.concat([...spoken, room(1.5)]);
      const file = Buffer.concat(new Array(12).fill(story));
      const job = await recognizer.transcribe(
        { kind: 'pcm', bytes: new Uint8Array(file) },
        new AbortController().signal,
      );
      let pieces = 0;
      const reading = (async () => {
        for await (const _ of job.pieces) pieces += 1;
      })().catch(() => {});
      const { listener, events } = open();
      listener.push(spoken[1] ?? room(1));
      listener.push(room(1.2));
      await expect.poll(() => textsOf(events).length, { timeout: 60_000 }).toBe(1);
      expect(pieces).toBeLessThan(12);
      job.close();
      await reading;
      listener.close();
      expect(recorder.received.length).toBeGreaterThan(before);
    });

    test('goes on by loudness when its detector dies', async () => {
      const dying = createEmbeddedDetector(ports);
      await dying.close();
      const { createModelDetector } = await import('../../src/conversation/listening/frame-detector.ts');
      const detector = createModelDetector(dying);
      const quiet = await detector.detect(new Float32Array(512 * 4).fill(0.0015));
      const loud = await detector.detect(
        Float32Array.from({ length: 512 * 4 }, (_, i) => 0.2 * Math.sin(i / 8)),
      );
      expect(Math.max(...quiet)).toBeLessThan(0.5);
      expect(Math.min(...loud)).toBeGreaterThan(0.5);
    });

    test('a language that it does not understand is refused', () => {
      expect(() => open({ language: 'vi' })).toThrow('The recogniser understands the language en only.');
      const { listener } = open({ language: 'en-GB' });
      listener.close();
    });
  },
);
