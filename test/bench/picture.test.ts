import { expect, test } from 'vitest';
import { drawPicture } from '../../bench/voices/picture.ts';

const points = [
  { x: 0.09, y: 3.4, label: 'joe, native, 1' },
  { x: 0.24, y: 3.4, label: 'joe, wasm, 1' },
  { x: 2.1, y: 0.2, label: 'heart <&> wasm' },
  { x: 900, y: 0, label: 'beyond' },
];

test('every voice is a point inside the picture, the quicker ones to the left and the clearer ones below', () => {
  const svg = drawPicture(points);
  const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  expect(circles).toHaveLength(points.length);
  const [joe = [], wasm = [], heart = [], beyond = []] = circles;
  const xs = [joe, wasm, heart, beyond].map(([x = Number.NaN]) => x);
  expect(xs).toEqual(xs.toSorted((a, b) => a - b));
  expect(beyond[0]).toBeLessThan(760);
  expect(heart[1]).toBeGreaterThan(joe[1] ?? Number.NaN);
  expect(svg).toContain('heart &lt;&amp;> wasm');
  expect(svg).not.toContain('NaN');
  expect(svg).toMatch(/<svg [^>]*>\n<title>\S/); // for those who cannot see it
});

test('a picture of nothing is one too', () => {
  expect(drawPicture([])).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
});
