import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { installed, joe, kokoro, missing, open, readAll, realEngine, say } from '../engine/onnx-support.ts';
import { countEdits } from './error-rate.ts';
import { toHearing } from './hearing.ts';
import { loadMoonshine, type Transcribe } from './moonshine.ts';
import { type Sentence, sentences } from './sentences.ts';
import { spokenWords } from './words.ts';

/** Sentences in work at once: one worker speaks each. */
const workers = 2;
const patience = 900_000;
const listener = 'moonshine-tiny';

const voices = [
  { voice: joe, pack: joe, bound: 0.08 },
  { voice: 'af_heart', pack: kokoro, bound: 0.04 },
];

interface Heard {
  readonly sentence: Sentence;
  readonly heard: string;
  readonly edits: number;
  readonly words: number;
}

describe.each(voices)('what $voice says is understood', ({ voice, pack, bound }) => {
  const skipped = missing(pack) ?? missing(listener);
  const limit = `word error rate at most ${bound * 100} %`;
  let engine: Engine;
  let transcribe: Transcribe;
  beforeAll(async () => {
    if (skipped) return;
    const files = installed.find(({ id }) => id === listener)?.files ?? {};
    transcribe = await loadMoonshine({ encoder: files.encoder ?? '', decoder: files.decoder ?? '' });
    engine = realEngine({ voice, workers });
  });
  afterAll(async () => engine?.close?.());

  async function listen(sentence: Sentence): Promise<Heard> {
    const { rate, body } = await open(engine, say(sentence.text));
    const heard = await transcribe(toHearing(await readAll(body), rate));
    const said = spokenWords(sentence.spoken ?? sentence.text);
    return { sentence, heard, edits: countEdits(said, spokenWords(heard)), words: said.length };
  }

  test.skipIf(skipped)(skipped ? `${limit} (${skipped})` : limit, { timeout: patience }, async () => {
    const results: Heard[] = [];
    const waiting = [...sentences];
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await listen(next));
    };
    await Promise.all(Array.from({ length: workers }, lane));
    const rate = sum(results, 'edits') / sum(results, 'words');
    console.log(report(voice, rate, results));
    expect(results).toHaveLength(sentences.length);
    expect(rate).toBeLessThanOrEqual(bound);
  });
});

function sum(results: readonly Heard[], what: 'edits' | 'words'): number {
  return results.reduce((total, result) => total + result[what], 0);
}

function report(voice: string, rate: number, results: readonly Heard[]): string {
  const worst = results.toSorted((a, b) => b.edits / b.words - a.edits / a.words).slice(0, 3);
  const lines = worst.map(
    ({ sentence, heard, edits, words }) => `  ${edits}/${words}  ${sentence.text}\n        ${heard}`,
  );
  return `${voice}: word error rate ${(rate * 100).toFixed(1)} %\n${lines.join('\n')}`;
}
