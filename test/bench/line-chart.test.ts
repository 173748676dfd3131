import { expect, test } from 'vitest';
import { drawLines } from '../../bench/line-chart.ts';

const panels = [
  {
    title: 'memory <&> MB',
    lines: [
      {
        name: 'resident',
        points: [
          [0, 50],
          [5, 75],
          [10, 100],
        ] as const,
      },
    ],
  },
  {
    title: 'handles',
    lines: [
      { name: 'bun', points: [[0, 1]] as const },
      { name: 'node', points: [[10, 3]] as const },
    ],
  },
];

test('a curve goes from left to right inside its panel, more is higher', () => {
  const svg = drawLines({ title: 'Load', across: 'seconds', panels });
  const [curve = ''] = [...svg.matchAll(/<polyline class="c0" points="([^"]*)"/g)]
    .map(([, points = '']) => points)
    .filter((points) => points.split(' ').length === 3);
  const points = curve.split(' ').map((point) => point.split(',').map(Number));
  expect(points).toHaveLength(3);
  const [xs, ys] = [points.map(([x = 0]) => x), points.map(([, y = 0]) => y)];
  expect(xs).toEqual(xs.toSorted((a, b) => a - b));
  expect(ys).toEqual(ys.toSorted((a, b) => b - a));
  for (const x of xs) expect(x).toBeLessThan(820);
  expect(svg).toContain('memory &lt;&amp;> MB');
  expect(svg).not.toContain('NaN');
});

test('it can be read on light and on dark pages, and every curve has its name', () => {
  const svg = drawLines({ title: 'Load', across: 'seconds', panels });
  expect(svg).toContain('prefers-color-scheme: dark');
  for (const name of ['resident', 'bun', 'node']) expect(svg).toContain(`>${name}</text>`);
});

test('a picture of nothing is one too', () => {
  const svg = drawLines({ title: '', across: '', panels: [{ title: '', lines: [] }] });
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  expect(svg).not.toContain('NaN');
});
