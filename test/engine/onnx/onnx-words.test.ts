import { afterAll, describe, expect, test } from 'vitest';
import { spawnInference } from '../../../src/adapters/inference/spawn.ts';
import { wavHeader } from '../../../src/audio/wav.ts';
import { joinBytes } from '../../../src/core/bytes.ts';
import type { SpokenWord } from '../../../src/core/engine.ts';
import { createEmbeddedRecognizer } from '../../../src/recognizer/embedded.ts';
import { findWords, spreadWords } from '../../../src/speech/words.ts';
import { countEdits } from '../../roundtrip/error-rate.ts';
import { spokenWords } from '../../roundtrip/words.ts';
import { clock, installed, joe, missing, open, readAll, realEngine, say } from './onnx-support.ts';

const patience = { timeout: 180_000 };
const noJoe = missing(joe);

describe.skipIf(noJoe)(`Piper tells when words are heard${noJoe ? ` (${noJoe})` : ''}`, patience, () => {
  const engine = realEngine({ voice: joe });
  afterAll(() => engine.close?.());

  async function speak(
    text: string,
    speed = 1,
  ): Promise<{ pcm: Uint8Array; rate: number; words: readonly SpokenWord[] }> {
    const { body, rate, words } = await open(engine, say(text, { speed }));
    const pcm = await readAll(body);
    return { pcm, rate, words: words?.() ?? [] };
  }

  test('before their sound is there', async () => {
    const text = 'The old bridge creaked whenever a heavy truck drove across.';
    const { body, words } = await open(engine, say(text));
    const reader = body.getReader();
    const { value } = await reader.read();
    const told = words?.() ?? [];
    await reader.cancel();
    expect(told).toHaveLength(findWords(text).length);
    expect(told.at(-1)?.start).toBeGreaterThan((value?.length ?? 0) / 2);
  });

  test('in a text longer than one run of the model, to its end', async () => {
    const text =
      'The old bridge creaked whenever a heavy truck drove across, and nobody said a word. '.repeat(8);
    const { pcm, words } = await speak(text);
    expect(words.map(({ index }) => index)).toEqual(findWords(text).map((_, index) => index));
    const times = words.flatMap(({ start, end }) => [start, end]);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThan(0.98 * (pcm.length / 2));
    expect(times.at(-1)).toBeLessThanOrEqual(pcm.length / 2);
  });

  test.each([0.5, 1.1])('at its own speed of %f', async (speed) => {
    const text = 'Seven silver ships sailed slowly south.';
    const [usual, changed] = [await speak(text), await speak(text, speed)];
    for (const [index, { start, end }] of changed.words.entries()) {
      const { start: from = 0, end: to = 0 } = usual.words[index] ?? {};
      expect(Math.abs((start - from / speed) / usual.rate)).toBeLessThan(0.1);
      expect(Math.abs((end - to / speed) / usual.rate)).toBeLessThan(0.1);
    }
  });

  const noRecognizer = missing('moonshine-tiny');
  test.skipIf(noRecognizer)(
    `so that a recogniser hears the words that are cut there, better than by estimate${noRecognizer ? ` (${noRecognizer})` : ''}`,
    async () => {
      const recognizer = createEmbeddedRecognizer(
        { threads: 1, stepTimeoutMs: 60_000 },
        { packs: async () => installed, spawnInference, clock },
      );
      const hear = async (pcm: Uint8Array, rate: number): Promise<string> => {
        const rest = new Uint8Array(2 * Math.round(0.3 * rate));
        const dataBytes = pcm.length + 2 * rest.length;
        const bytes = joinBytes([wavHeader({ rate, channels: 1, dataBytes }), rest, pcm, rest]);
        let text = '';
        const { pieces } = await recognizer.transcribe({ kind: 'file', bytes }, new AbortController().signal);
        for await (const piece of pieces) text += `${piece.text} `;
        return text;
      };
      const errors = { told: 0, estimated: 0 };
      const halves = [
        ['Mississippi', 'is a river in the south.'],
        ['The responsibility', 'lies with you.'],
        ['He paid one million two hundred fifty thousand dollars', 'for a small boat.'],
      ] as const;
      for (const [first, second] of halves) {
        const text = `${first} ${second}`.replace(
          'one million two hundred fifty thousand dollars',
          '$1,250,000',
        );
        const { pcm, rate, words } = await speak(text);
        const estimates = spreadWords(text, 0, pcm.length / 2);
        const last = findWords(text).length - findWords(second).length - 1;
        for (const [kind, times] of [['told', words] as const, ['estimated', estimates] as const]) {
          const cut = 2 * Math.round(((times[last]?.end ?? 0) + (times[last + 1]?.start ?? 0)) / 2);
          const heard = [await hear(pcm.slice(0, cut), rate), await hear(pcm.slice(cut), rate)];
          errors[kind] += countEdits(spokenWords(first), spokenWords(heard[0] ?? ''));
          errors[kind] += countEdits(spokenWords(second), spokenWords(heard[1] ?? ''));
        }
      }
      await recognizer.close();
      expect(errors.told).toBeLessThanOrEqual(1);
      expect(errors.estimated).toBeGreaterThan(errors.told + 3);
    },
  );
});
