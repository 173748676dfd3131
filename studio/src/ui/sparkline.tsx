import type { JSX } from 'preact';

interface SparklineProps {
  readonly label: string;
  readonly values: readonly number[];
  /** The last value, as it is read. */
  readonly shown: string;
}

const WIDTH = 240;
const HEIGHT = 48;

/** A small chart with its last value. What it shows is also its text. */
export function Sparkline({ label, values, shown }: SparklineProps): JSX.Element {
  const most = Math.max(...values, 1e-9);
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map(
    (value, index) => [index * step, HEIGHT - 3 - (value / most) * (HEIGHT - 6)] as const,
  );
  const path = points
    .map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`)
    .join('');
  const last = points.at(-1);
  return (
    <figure class="spark">
      <figcaption>
        {label}
        <b>{shown}</b>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path class="spark-base" d={`M0 ${HEIGHT - 1}H${WIDTH}`} />
        <path class="spark-line" d={path} />
        {last && values.length === 1 && <circle class="spark-dot" cx={last[0] + 3} cy={last[1] + 1} r="3" />}
      </svg>
    </figure>
  );
}
