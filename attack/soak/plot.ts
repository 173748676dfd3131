import { drawLines, type Line } from '../../bench/line-chart.ts';
import type { Sample } from './series.ts';

/** Memory above, the time that health takes below, over the time of the soak. */
export function drawSoak(title: string, samples: readonly Sample[]): string {
  const line = (name: string, value: (sample: Sample) => number | undefined): Line => ({
    name,
    points: samples.flatMap((sample) => {
      const y = value(sample);
      return y === undefined ? [] : [[sample.at, y] as const];
    }),
  });
  return drawLines({
    title,
    across: 'seconds',
    panels: [
      {
        title: 'memory, MB',
        lines: [line('resident', ({ residentMB }) => residentMB), line('live', ({ liveMB }) => liveMB)],
      },
      {
        title: '/v1/health, ms',
        lines: [line('p99', ({ healthP99 }) => healthP99), line('p50', ({ healthP50 }) => healthP50)],
      },
    ],
  });
}
