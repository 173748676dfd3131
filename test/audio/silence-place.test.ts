import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTrimmer } from '../../src/audio/dsp/silence.ts';
import { joinBytes } from '../../src/core/bytes.ts';

const RATE = 8000;
/** Longer than a fade, so that the middle is untouched. */
const BURST = 200;

test('a trimmer knows where each sound went, however long the silences are and whatever the chunks', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 3 * RATE }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      gaps,
      fc.integer({ min: 999, max: 9999 }),
      fc.constantFrom(1, 2),
      (silences, chunk, channels) => {
        const total = silences.reduce((sum, gap) => sum + gap + BURST, 0);
        const samples = new Int16Array(total * channels);
        let at = 0;
        const middles = silences.map((gap, index) => {
          at += gap;
          samples.fill(1000, at * channels, (at + BURST) * channels);
          const middle = at + BURST / 2;
          samples.fill(10_000 + index, middle * channels, (middle + 1) * channels); // tells which burst it is
          at += BURST;
          return middle;
        });
        const trimmer = createTrimmer(RATE, channels as 1 | 2);
        const pcm = new Uint8Array(samples.buffer);
        const out: Uint8Array[] = [];
        for (let from = 0; from < pcm.length; from += chunk)
          out.push(trimmer.push(pcm.slice(from, from + chunk)));
        out.push(trimmer.end());
        const heard = new Int16Array(joinBytes(out).slice().buffer);
        for (const [index, middle] of middles.entries()) {
          expect(heard[trimmer.placeOf(middle) * channels]).toBe(10_000 + index);
        }
        const places = Array.from({ length: 50 }, (_, i) => trimmer.placeOf((i * total) / 50));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      },
    ),
    { numRuns: 30 },
  );
});
