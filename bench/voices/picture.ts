/** A voice in the picture: its real-time factor and words misheard of a hundred. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

const WIDTH = 760;
const HEIGHT = 420;
const EDGE = { left: 60, right: 130, top: 30, bottom: 60 };
/** Of a letter, about. */
const LETTER = 6.4;
const LINE = 15;
const RADIUS = 5;
/** Factors of ten: from 20 times as fast as speech to 5 times as slow. */
const FROM = 0.05;
const TO = 5;
const ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Clarity against speed as SVG: down is clearer, left is quicker; the line is where speech stutters. */
export function drawPicture(points: readonly Point[]): string {
  const most = Math.max(5, Math.ceil(Math.max(0, ...points.map(({ y }) => y)) * 1.2));
  const place = (x: number): number => {
    const share = Math.log(Math.min(TO, Math.max(FROM, x)) / FROM) / Math.log(TO / FROM);
    return EDGE.left + share * (WIDTH - EDGE.left - EDGE.right);
  };
  const height = (y: number): number => HEIGHT - EDGE.bottom - (y / most) * (HEIGHT - EDGE.top - EDGE.bottom);
  const floor = height(0);
  const grid = ticks.map(
    (tick) =>
      `<line x1="${at(place(tick))}" y1="${EDGE.top}" x2="${at(place(tick))}" y2="${floor}" stroke="${tick === 1 ? '#c33' : '#ddd'}"/>` +
      `<text x="${at(place(tick))}" y="${floor + 18}" text-anchor="middle">${tick}</text>`,
  );
  const levels = Array.from({ length: 6 }, (_, step) => (most * step) / 5).map(
    (y) =>
      `<line x1="${EDGE.left}" y1="${at(height(y))}" x2="${WIDTH - EDGE.right}" y2="${at(height(y))}" stroke="#eee"/>` +
      `<text x="${EDGE.left - 8}" y="${at(height(y) + 4)}" text-anchor="end">${y.toFixed(1)} %</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    '<title>Words misheard against the time for a second of speech, for each voice</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...grid,
    ...levels,
    `<text x="${WIDTH / 2}" y="${HEIGHT - 14}" text-anchor="middle">time for a second of speech, in seconds: left is quicker</text>`,
    `<text x="${EDGE.left}" y="18">words misheard: lower is clearer</text>`,
    ...labelled(points.map(({ x, y, label }) => ({ x: place(x), y: height(y), label }))),
    '</svg>',
    '',
  ].join('\n');
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Each name stands above its point, at the end of a line where others are in its way: those to the right are placed first, so that no line crosses a name. */
function labelled(points: readonly Point[]): string[] {
  const taken: Box[] = points.map(({ x, y }) => boxOf(x - RADIUS, x + RADIUS, y));
  const names = points
    .toSorted((a, b) => b.x - a.x)
    .map(({ x, y, label }) => {
      const width = label.length * LETTER;
      const left = Math.min(x - RADIUS, WIDTH - width);
      let middle = y - LINE;
      while (taken.some((other) => meet(other, boxOf(left, left + width, middle)))) middle -= 2;
      taken.push(boxOf(left, left + width, middle));
      const line = `<line x1="${at(x)}" y1="${at(y)}" x2="${at(x)}" y2="${at(middle + 6)}" stroke="#357"/>`;
      const name = `<text x="${at(left)}" y="${at(middle + 4)}">${escaped(label)}</text>`;
      return line + name;
    });
  const dots = points.map(({ x, y }) => `<circle cx="${at(x)}" cy="${at(y)}" r="${RADIUS}" fill="#357"/>`);
  return [...names, ...dots];
}

function boxOf(left: number, right: number, middle: number): Box {
  return { left, right, top: middle - LINE / 2, bottom: middle + LINE / 2 };
}

function meet(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

const at = (value: number): string => value.toFixed(1);
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
