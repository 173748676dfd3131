/** A curve: where a value is missing, it goes on behind the gap. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

interface Chart {
  readonly title: string;
  /** What runs along the bottom, with its unit. */
  readonly across: string;
  readonly panels: readonly Panel[];
}

const WIDTH = 820;
const PANEL = 210;
const HEAD = 34;
const FOOT = 34;
const EDGE = { left: 64, right: 20, top: 34, bottom: 22 } as const;
const TICKS = 4;
const ROOM = 1.1;

/** Colours by the reader's scheme: the picture stands in pages of either. */
const style = `<style>
svg { --ground: #fff; --ink: #24292f; --grid: #d8dee4; --c0: #0550ae; --c1: #bc4c00; --c2: #116329; --c3: #8250df }
@media (prefers-color-scheme: dark) {
  svg { --ground: #0d1117; --ink: #e6edf3; --grid: #30363d; --c0: #79c0ff; --c1: #ffa657; --c2: #7ee787; --c3: #d2a8ff }
}
rect { fill: var(--ground) } text { fill: var(--ink); font: 12px sans-serif } .name { font-weight: bold }
.grid { stroke: var(--grid) } polyline { fill: none; stroke-width: 1.6 } .c0 { stroke: var(--c0) } .c1 { stroke: var(--c1) }
.c2 { stroke: var(--c2); stroke-dasharray: 6 3 } .c3 { stroke: var(--c3); stroke-dasharray: 2 3 }
</style>`;
const COLOURS = 4;

/** Panels one below the other over the same x, as SVG: a picture that needs no program to be seen. */
export function drawLines({ title, across, panels }: Chart): string {
  const height = HEAD + panels.length * PANEL + FOOT;
  const last = Math.max(1e-9, ...panels.flatMap(({ lines }) => lines.flatMap(xsOf)));
  const x = (value: number): number => EDGE.left + (value / last) * (WIDTH - EDGE.left - EDGE.right);
  const ticks = Array.from({ length: TICKS + 1 }, (_, tick) => (last * tick) / TICKS).map(
    (value) =>
      `<text x="${at(x(value))}" y="${height - FOOT + 4}" text-anchor="middle">${show(value)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    style,
    '<rect width="100%" height="100%"/>',
    `<text x="${EDGE.left}" y="20" class="name">${escaped(title)}</text>`,
    ...panels.flatMap((panel, index) => drawPanel(panel, HEAD + index * PANEL, x)),
    ...ticks,
    `<text x="${WIDTH / 2}" y="${height - 8}" text-anchor="middle">${escaped(across)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, lines }: Panel, top: number, x: (value: number) => number): string[] {
  const most = Math.max(1e-9, ...lines.flatMap(({ points }) => points.map(([, y]) => y))) * ROOM;
  const [floor, ceiling] = [top + PANEL - EDGE.bottom, top + EDGE.top];
  const y = (value: number): number => floor - (value / most) * (floor - ceiling);
  const grid = Array.from({ length: TICKS + 1 }, (_, tick) => (most * tick) / TICKS).map(
    (value) =>
      `<line class="grid" x1="${EDGE.left}" y1="${at(y(value))}" x2="${WIDTH - EDGE.right}" y2="${at(y(value))}"/>` +
      `<text x="${EDGE.left - 8}" y="${at(y(value) + 4)}" text-anchor="end">${show(value)}</text>`,
  );
  const curves = lines.map(({ points }, index) => {
    const drawn = points.map((point) => `${at(x(point[0]))},${at(y(point[1]))}`);
    return `<polyline class="c${index % COLOURS}" points="${drawn.join(' ')}"/>`;
  });
  const names = lines.map(({ name }, index) => legend(name, index, lines, top + 20));
  return [`<text x="${EDGE.left}" y="${top + 20}">${escaped(title)}</text>`, ...names, ...grid, ...curves];
}

/** From the right: a piece of each curve with its name. */
function legend(name: string, index: number, lines: readonly Line[], y: number): string {
  const room = (text: string): number => 44 + text.length * 7;
  const behind = lines.slice(index).reduce((sum, line) => sum + room(line.name), 0);
  const from = WIDTH - EDGE.right - behind;
  return (
    `<polyline class="c${index % COLOURS}" points="${at(from)},${y - 4} ${at(from + 24)},${y - 4}"/>` +
    `<text x="${at(from + 30)}" y="${y}">${escaped(name)}</text>`
  );
}

function xsOf({ points }: Line): number[] {
  return points.map(([x]) => x);
}

const at = (value: number): string => value.toFixed(1);
const show = (value: number): string =>
  value >= 10 || value === 0 ? value.toFixed(0) : value.toPrecision(2);
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
