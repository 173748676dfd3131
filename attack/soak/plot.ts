import type { Sample } from './series.ts';

const width = 900;
const height = 240;
const margin = { left: 60, right: 20, top: 30, bottom: 30 } as const;
const gap = 20;

interface Panel {
  readonly title: string;
  readonly lines: readonly { readonly color: string; readonly values: readonly (number | undefined)[] }[];
}

/** Memory above, p99 of health below, over the time of the soak: a picture that needs no program to be seen. */
export function drawSoak(title: string, samples: readonly Sample[]): string {
  const panels: Panel[] = [
    {
      title: `${title}: MB resident (blue), live (green)`,
      lines: [
        { color: '#2457a6', values: samples.map(({ residentMB }) => residentMB) },
        { color: '#2f8f4e', values: samples.map(({ liveMB }) => liveMB) },
      ],
    },
    {
      title: 'ms p99 of /v1/health (red), p50 (grey)',
      lines: [
        { color: '#b3322b', values: samples.map(({ healthP99 }) => healthP99) },
        { color: '#888888', values: samples.map(({ healthP50 }) => healthP50) },
      ],
    },
  ];
  const seconds = samples.map(({ at }) => at);
  const whole = panels.length * (height + gap);
  const drawn = panels.map((panel, index) => drawPanel(panel, seconds, index * (height + gap)));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${drawn.join('\n')}
</svg>
`;
}

function drawPanel({ title, lines }: Panel, seconds: readonly number[], top: number): string {
  const values = lines.flatMap((line) => line.values).filter((value) => value !== undefined);
  const most = Math.max(1, ...values) * 1.1;
  const end = Math.max(1, ...seconds);
  const x = (at: number): number => margin.left + (at / end) * (width - margin.left - margin.right);
  const y = (value: number): number =>
    top + height - margin.bottom - (value / most) * (height - margin.top - margin.bottom);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(most * share);
    return `<line x1="${margin.left}" y1="${at}" x2="${width - margin.right}" y2="${at}" stroke="#dddddd"/>
<text x="${margin.left - 6}" y="${at + 4}" text-anchor="end">${(most * share).toFixed(0)}</text>
<text x="${x(end * share)}" y="${top + height - 10}" text-anchor="middle">${(end * share).toFixed(0)} s</text>`;
  });
  const paths = lines.map(({ color, values }) => {
    const points = values.flatMap((value, index) =>
      value === undefined ? [] : [`${x(seconds[index] ?? 0).toFixed(1)},${y(value).toFixed(1)}`],
    );
    return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points.join(' ')}"/>`;
  });
  return `<text x="${margin.left}" y="${top + 18}" font-weight="bold">${title}</text>\n${[...grid, ...paths].join('\n')}`;
}
