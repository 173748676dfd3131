import type { Figure, Goal, Table } from './bench.ts';
import { median } from './statistics.ts';

/** Units that stand right behind the figure. */
const attached: readonly Figure['unit'][] = ['', 'x', '/s'];

function withUnit(figure: number | string, unit: Figure['unit']): string {
  return attached.includes(unit) ? `${figure}${unit}` : `${figure} ${unit}`;
}

/** `figure` with three digits or so. */
function show(figure: number, unit: Figure['unit']): string {
  if (unit === '' && Number.isInteger(figure)) return String(figure); // a count
  const size = Math.abs(figure);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return withUnit(figure.toFixed(digits), unit);
}

function showGoal(goal: Goal, unit: Figure['unit']): string {
  if ('below' in goal) return `< ${withUnit(goal.below, unit)}`;
  return 'atMost' in goal ? `≤ ${withUnit(goal.atMost, unit)}` : `≥ ${withUnit(goal.atLeast, unit)}`;
}

function isMet(goal: Goal, figure: number): boolean {
  if ('below' in goal) return figure < goal.below;
  return 'atMost' in goal ? figure <= goal.atMost : figure >= goal.atLeast;
}

function cellsOf({ cells, samples, unit, goal }: Figure): string[] {
  const judged = (figure: number): string[] =>
    goal ? [showGoal(goal, unit), isMet(goal, figure) ? 'yes' : 'NO'] : ['', ''];
  if (samples.length === 0)
    return [...cells, 'failed', '', '0', ...(goal ? [showGoal(goal, unit), ''] : ['', ''])];
  const middle = median(samples);
  const range = `${show(Math.min(...samples), unit)} to ${show(Math.max(...samples), unit)}`;
  return [...cells, show(middle, unit), range, String(samples.length), ...judged(middle)];
}

/** The table as aligned Markdown, which reads well on a terminal too. */
export function renderTable({ title, headings, figures, notes = [], text }: Table): string {
  if (text !== undefined)
    return [`### ${title}`, '', text, ...notes.flatMap((note) => ['', note])].join('\n');
  const head = [...headings, 'median', 'min to max', 'n', 'goal', 'met'];
  const matrix = [head, ...figures.map(cellsOf)];
  const kept = head.map((_, column) => matrix.slice(1).some((row) => row[column] !== ''));
  const rows = matrix.map((row) => row.filter((_, column) => kept[column]));
  return [`### ${title}`, '', ...alignRows(rows), ...notes.flatMap((note) => ['', note])].join('\n');
}

/** Lines of a Markdown table; the first row is its head. */
export function alignRows(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...others] = rows;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(first), rule, ...others.map(line)];
}
