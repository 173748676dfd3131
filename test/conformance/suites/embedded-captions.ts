import { describe, expect, it } from 'vitest';
import type { RunningServer } from '../server.ts';
import { bytesOf, post } from './context.ts';

interface TimedWord {
  readonly word: string;
  readonly start: number;
  readonly end: number;
  readonly estimated?: boolean;
}

interface Told {
  readonly id: string;
  readonly cache: string | null;
  readonly words: readonly TimedWord[];
}

/** In an answer of one rate: milliseconds are rounded, and resampling has a filter at its ends. */
const tolerance = 0.002;

/** Captions of the embedded voice, whose model tells how long each sound lasts. */
export function addWordTimes(server: () => RunningServer): void {
  const speech = (body: object): Promise<Response> =>
    post(`${server().url}/v1/audio/speech`, { response_format: 'wav', timestamps: true, ...body });

  async function tell(body: object): Promise<Told> {
    const response = await speech({ stream_format: 'sse', ...body });
    const events = [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(
      ([, data]) => JSON.parse(data ?? '') as { type: string; segments: { words: TimedWord[] }[] },
    );
    const words = events
      .filter(({ type }) => type === 'speech.audio.timestamps')
      .flatMap(({ segments }) => segments.flatMap((segment) => segment.words));
    return { id: response.headers.get('x-speech-id') ?? '', cache: response.headers.get('x-cache'), words };
  }

  describe('word times', () => {
    const input = 'Mississippi is a river, and it is very long. In 1999, the IBM deal cost $3.50.';

    it('are those of the sound: the pauses at the commas lie between their words', async () => {
      const { id, words } = await tell({ input });
      expect(words.map(({ word }) => word)).toEqual(input.match(/[\w.]*\w/g));
      for (const word of words) expect(word).not.toHaveProperty('estimated');
      const times = words.flatMap(({ start, end }) => [start, end]);
      expect(times).toEqual(times.toSorted((a, b) => a - b));

      const wav = await bytesOf(await speech({ input }));
      const pauses = findPauses(wav.slice(44), new DataView(wav.buffer).getUint32(24, true));
      for (const last of ['river', 'long', '1999']) {
        const at = words.findIndex(({ word }) => word === last);
        const [from, to] = [words[at]?.end ?? 0, words[at + 1]?.start ?? 0];
        const between = pauses.filter(({ start, end }) => (start + end) / 2 > from && (start + end) / 2 < to);
        expect(between, `a pause after "${last}", ${from}-${to}`).toHaveLength(1);
      }

      const captions = (): Promise<Response> => fetch(`${server().url}/v1/audio/speech/${id}.json`);
      await expect.poll(async () => (await captions()).status).toBe(200);
      const file = await (await captions()).json();
      expect((file as { words: TimedWord[] }).words).toEqual(words);
    });

    it('are the same however the answer comes: shared, kept, at another sample rate, plain', async () => {
      const text = 'Nobody answered the door, and nobody came to the window either.';
      const together = await Promise.all([
        tell({ input: text }),
        tell({ input: text }),
        tell({ input: text }),
      ]);
      await expect.poll(async () => (await tell({ input: text })).cache).toBe('hit');
      const kept = await tell({ input: text });
      const made = together.filter(({ cache }) => cache === 'miss');
      expect(made).toHaveLength(1); // the others share it, also who comes when it is over
      for (const { cache } of together) expect(cache).toMatch(/^(miss|coalesced|hit)$/);
      expect(kept.cache).toBe('hit');
      for (const { words } of [...together, kept]) {
        expect(words).toEqual(kept.words);
        expect(words.filter(({ estimated }) => estimated)).toEqual([]);
      }
      const resampled = await tell({ input: text, response_format: 'pcm' });
      for (const [index, { start, end }] of resampled.words.entries()) {
        expect(Math.abs(start - (kept.words[index]?.start ?? 0))).toBeLessThan(tolerance);
        expect(Math.abs(end - (kept.words[index]?.end ?? 0))).toBeLessThan(tolerance);
      }
    });

    it.each([0.5, 2])('follow a speed of %f', async (speed) => {
      const text = 'This sentence takes a certain time to be spoken.';
      const [usual, changed] = [await tell({ input: text }), await tell({ input: text, speed })];
      for (const [index, { start }] of changed.words.entries()) {
        const wanted = (usual.words[index]?.start ?? 0) / speed;
        expect(Math.abs(start - wanted)).toBeLessThan(0.1);
      }
      expect(changed.words).toHaveLength(9);
    });

    it('are those of the words that were written, where others were taught for them', async () => {
      const entry = { word: 'Zyx', alias: 'the incredible swan' };
      const made = (await (await post(`${server().url}/v1/pronunciations`, entry)).json()) as { id: string };
      const { words } = await tell({ input: 'Here Zyx sleeps.' });
      await fetch(`${server().url}/v1/pronunciations/${made.id}`, { method: 'DELETE' });
      expect(words.map(({ word }) => word)).toEqual(['Here', 'Zyx', 'sleeps']);
      const [here, zyx] = words.map(({ start, end }) => end - start);
      expect(zyx).toBeGreaterThan(2 * (here ?? 0));
      expect(words.filter(({ estimated }) => estimated)).toEqual([]);
    });

    it('are estimates, and say so, where nobody says the word', async () => {
      const { words } = await tell({ input: 'Please say 漢字 now.' });
      expect(words.filter(({ estimated }) => estimated).map(({ word }) => word)).toEqual(['漢字']);
    });
  });
}

/** Runs of 10 ms that are quiet, in seconds: what is heard as a pause. */
function findPauses(pcm: Uint8Array, rate: number): { start: number; end: number }[] {
  const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length >> 1);
  const step = Math.round(rate / 100);
  const [quiet, least] = [200, 0.1];
  const pauses: { start: number; end: number }[] = [];
  let start = 0;
  for (let at = 0; at + step <= samples.length; at += step) {
    const power = samples.subarray(at, at + step).reduce((sum, sample) => sum + sample ** 2, 0);
    if (Math.sqrt(power / step) < quiet) continue;
    if ((at - start) / rate >= least) pauses.push({ start: start / rate, end: at / rate });
    start = at + step;
  }
  return pauses;
}
